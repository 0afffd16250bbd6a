/*
 * KVM: `kvm register|pio|mmio|kick`.
 * register: map a memfd, register it as a slot, unregister, unmap. pio, mmio: one exit to a switch.
 * kick: bring a halted virtual CPU out of KVM_RUN from another thread, and wait for its word; figures
 * are the time of one, and the median and 99th percentile of how long that took.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/magic.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int vm, vcpu, memory;
static struct kvm_run *run_area;
static unsigned long sink;

/* out %al, $0x10; jmp back */
static const uint8_t pio_guest[] = {0xe6, 0x10, 0xeb, 0xfc};
/* mov %al, 0x8000(real mode: ds:0x8000 is not in a slot); jmp back */
static const uint8_t mmio_guest[] = {0xa2, 0x00, 0x80, 0xeb, 0xfb};
/* hlt; jmp back (with an irqchip the halt stays in the kernel) */
static const uint8_t halt_guest[] = {0xf4, 0xeb, 0xfd};

static void make_vm(const uint8_t *guest, size_t size, int irqchip) {
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    must(kvm >= 0, "/dev/kvm");
    vm = ioctl(kvm, KVM_CREATE_VM, 0);
    must(vm >= 0, "KVM_CREATE_VM");
    if (irqchip) must(ioctl(vm, KVM_CREATE_IRQCHIP, 0) == 0, "KVM_CREATE_IRQCHIP");
    uint8_t *ram = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(ram != MAP_FAILED, "mmap");
    memcpy(ram, guest, size);
    struct kvm_userspace_memory_region region = {.memory_size = 0x4000, .userspace_addr = (uint64_t)ram};
    must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "KVM_SET_USER_MEMORY_REGION");
    vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    must(vcpu >= 0, "KVM_CREATE_VCPU");
    int length = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    run_area = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    must(run_area != MAP_FAILED, "mmap of the vCPU");
    struct kvm_sregs sregs;
    must(ioctl(vcpu, KVM_GET_SREGS, &sregs) == 0, "KVM_GET_SREGS");
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    must(ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0, "KVM_SET_SREGS");
    struct kvm_regs regs = {.rflags = 2};
    must(ioctl(vcpu, KVM_SET_REGS, &regs) == 0, "KVM_SET_REGS");
}

static void run_register(long count) {
    for (long i = 0; i < count; i++) {
        must(fcntl(memory, F_GET_SEALS) >= 0, "F_GET_SEALS");
        struct stat status;
        must(fstat(memory, &status) == 0 && status.st_size == 65536, "size");
        struct statfs files;
        must(fstatfs(memory, &files) == 0 && files.f_type == TMPFS_MAGIC, "file system");
        void *at = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        must(at != MAP_FAILED, "mmap");
        struct kvm_userspace_memory_region region = {.slot = 1, .guest_phys_addr = 1ull << 38, .memory_size = 65536, .userspace_addr = (uint64_t)at};
        must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "add");
        region.memory_size = 0;
        must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "remove");
        munmap(at, 65536);
    }
}

static void run_exits(long count) {
    for (long i = 0; i < count; i++) {
        must(ioctl(vcpu, KVM_RUN, 0) == 0, "KVM_RUN");
        switch (run_area->exit_reason) {
        case KVM_EXIT_IO:
            must(run_area->io.port == 0x10, "port");
            sink += *((uint8_t *)run_area + run_area->io.data_offset);
            break;
        case KVM_EXIT_MMIO:
            must(run_area->mmio.phys_addr == 0x8000, "address");
            sink += run_area->mmio.data[0];
            break;
        default:
            must(0, "unexpected exit");
        }
    }
}

static sem_t inside, outside;
static pid_t thread;
static uint64_t *waited;

static void *halted(void *unused) {
    (void)unused;
    thread = (pid_t)syscall(SYS_gettid);
    for (;;) {
        sem_post(&inside);
        must(ioctl(vcpu, KVM_RUN, 0) < 0 && errno == EINTR, "KVM_RUN");
        run_area->immediate_exit = 0;
        sem_post(&outside);
    }
    return NULL;
}

static void run_kick(long count) {
    for (long i = 0; i < count; i++) {
        sem_wait(&inside);
        /* Let it go into the halt. */
        usleep(200);
        uint64_t start = now_ns();
        __atomic_store_n(&run_area->immediate_exit, 1, __ATOMIC_SEQ_CST);
        must(syscall(SYS_tgkill, getpid(), thread, SIGRTMIN + 4) == 0, "tgkill");
        sem_wait(&outside);
        waited[i] = now_ns() - start;
    }
}

static void ignore(int signal) { (void)signal; }

int main(int argc, char **argv) {
    must(argc == 2, "usage: kvm register|pio|mmio|kick");
    if (strcmp(argv[1], "register") == 0) {
        make_vm(halt_guest, sizeof halt_guest, 0);
        memory = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        must(memory >= 0 && ftruncate(memory, 65536) == 0, "memfd");
        serve_counts(run_register);
    } else if (strcmp(argv[1], "pio") == 0) {
        make_vm(pio_guest, sizeof pio_guest, 0);
        serve_counts(run_exits);
    } else if (strcmp(argv[1], "mmio") == 0) {
        make_vm(mmio_guest, sizeof mmio_guest, 0);
        serve_counts(run_exits);
    } else {
        make_vm(halt_guest, sizeof halt_guest, 1);
        struct sigaction action = {.sa_handler = ignore};
        must(sigaction(SIGRTMIN + 4, &action, NULL) == 0, "sigaction");
        pthread_t id;
        must(pthread_create(&id, NULL, halted, NULL) == 0, "pthread_create");
        serve_waits(run_kick, &waited);
    }
    return 0;
}
