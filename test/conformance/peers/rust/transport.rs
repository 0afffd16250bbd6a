//! Packets with descriptors on a UNIX socket, by sendmsg and recvmsg.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

/// The most descriptors that Linux takes in one packet (SCM_MAX_FD).
pub const MOST_FDS: usize = 253;

pub const MSG_CMSG_CLOEXEC: c_int = 0x4000_0000;
const MSG_CTRUNC: c_int = 0x8;
const MSG_TRUNC: c_int = 0x20;
const MSG_NOSIGNAL: c_int = 0x4000;
const MFD_CLOEXEC: c_uint = 1;
const SOL_SOCKET: c_int = 1;
const SCM_RIGHTS: c_int = 1;
const EMFILE: i32 = 24;

/// Bytes of a struct cmsghdr: its length as a usize, its level and its type as a c_int each.
const HEADER: usize = 16;

/// struct iovec.
#[repr(C)]
struct IoVec {
    base: *mut c_void,
    len: usize,
}

/// struct msghdr.
#[repr(C)]
struct MsgHdr {
    name: *mut c_void,
    name_len: c_uint,
    iov: *mut IoVec,
    iov_len: usize,
    control: *mut c_void,
    control_len: usize,
    flags: c_int,
}

extern "C" {
    fn sendmsg(socket: c_int, message: *const MsgHdr, flags: c_int) -> isize;
    fn recvmsg(socket: c_int, message: *mut MsgHdr, flags: c_int) -> isize;
    fn memfd_create(name: *const c_char, flags: c_uint) -> c_int;
}

/// A packet of `length` bytes, of which `bytes` holds the beginning; zeros fill it up.
pub struct Packet {
    pub bytes: Vec<u8>,
    pub length: usize,
    pub fds: Vec<File>,
}

pub fn send_packet(socket: RawFd, bytes: &[u8], fds: &[&File]) -> io::Result<()> {
    let mut control = Vec::new();
    if !fds.is_empty() {
        control.extend((HEADER + size_of::<c_int>() * fds.len()).to_ne_bytes());
        control.extend(SOL_SOCKET.to_ne_bytes());
        control.extend(SCM_RIGHTS.to_ne_bytes());
        control.extend(fds.iter().flat_map(|file| file.as_raw_fd().to_ne_bytes()));
    }
    // The kernel only reads them.
    let mut data = IoVec { base: bytes.as_ptr().cast_mut().cast(), len: bytes.len() };
    let message = header(&mut data, &mut control);
    // SAFETY: all that the header points to lives until the end of this function.
    retry(|| unsafe { sendmsg(socket, &message, MSG_NOSIGNAL) })?;
    Ok(())
}

/// Receives one packet into a buffer of `size` bytes. `room` is for how many descriptors; the kernel
/// closes the others.
///
/// Fails with EMFILE if the process can't hold as many; then nothing stays open.
pub fn receive_packet(socket: RawFd, size: usize, room: usize, flags: c_int) -> io::Result<Packet> {
    let mut bytes = vec![0; size];
    // Exact. Were it rounded up to 8 bytes, one more descriptor could arrive in what is over.
    let control_size = if room > 0 { HEADER + size_of::<c_int>() * room } else { 0 };
    let mut control = vec![0; control_size];
    let mut data = IoVec { base: bytes.as_mut_ptr().cast(), len: size };
    let mut message = header(&mut data, &mut control);
    // MSG_TRUNC on the way in: the kernel then tells the real length of a packet that was cut.
    // SAFETY: both buffers are as long as the header says, and live until the end of this function.
    let length = retry(|| unsafe { recvmsg(socket, &mut message, flags | MSG_TRUNC) })?;
    let (used, cut) = (message.control_len, message.flags & MSG_CTRUNC != 0);
    let fds = take_fds(&control[..used.min(control_size)]);
    if cut && fds.len() < room {
        return Err(io::Error::from_raw_os_error(EMFILE));
    }
    Ok(Packet { bytes, length, fds })
}

fn header(data: &mut IoVec, control: &mut [u8]) -> MsgHdr {
    MsgHdr {
        name: std::ptr::null_mut(),
        name_len: 0,
        iov: data,
        iov_len: 1,
        control: control.as_mut_ptr().cast(),
        control_len: control.len(),
        flags: 0,
    }
}

fn retry(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        if let Ok(length) = usize::try_from(call()) {
            return Ok(length);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Owns the descriptors of what the kernel wrote to a control buffer.
fn take_fds(mut control: &[u8]) -> Vec<File> {
    let mut fds = Vec::new();
    while control.len() >= HEADER {
        let (header, rest) = control.split_at(HEADER);
        let size = usize::from_ne_bytes(header[..8].try_into().expect("8 bytes"));
        let size = size.saturating_sub(HEADER);
        let kind = [number(&header[8..12]), number(&header[12..])];
        if kind == [SOL_SOCKET, SCM_RIGHTS] {
            let numbers = rest[..size.min(rest.len())].chunks_exact(size_of::<c_int>());
            // SAFETY: the kernel made these descriptors just now, for this process, and told nobody else.
            fds.extend(numbers.map(|fd| unsafe { File::from_raw_fd(number(fd)) }));
        }
        control = &rest[size.next_multiple_of(8).min(rest.len())..];
    }
    fds
}

fn number(bytes: &[u8]) -> c_int {
    c_int::from_ne_bytes(bytes.try_into().expect("4 bytes"))
}

pub fn make_memfd(size: u64) -> io::Result<File> {
    // SAFETY: the name ends with a zero.
    let fd = unsafe { memfd_create(c"conformance".as_ptr(), MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was made just now, and nobody else knows it.
    let file = unsafe { File::from_raw_fd(fd) };
    file.set_len(size)?;
    Ok(file)
}

/// How many descriptors this process holds.
pub fn count_open() -> io::Result<usize> {
    // Without the one that lists them.
    Ok(std::fs::read_dir("/proc/self/fd")?.count() - 1)
}
