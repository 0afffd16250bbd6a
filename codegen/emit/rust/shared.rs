//! What every Rust binding shares: errors, policies, and the types of its tables.

/// Why a message could not be encoded or decoded.
#[allow(dead_code)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The tag names no variant, or the variant never travels.
    InvalidType,
    /// The packet has not the size of the message, but this many bytes.
    BadSize(usize),
    /// A descriptor is missing.
    ExpectFd,
    /// There are more descriptors than the variant takes.
    UnexpectedFd,
    /// A value does not fit into its member.
    FieldValue,
}

#[allow(dead_code)]
impl Error {
    /// The name that all languages share.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidType => "invalid_type",
            Error::BadSize(_) => "bad_size",
            Error::ExpectFd => "expect_fd",
            Error::UnexpectedFd => "unexpected_fd",
            Error::FieldValue => "field_value",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::InvalidType => f.write_str("the type is unknown, or never travels"),
            Error::BadSize(size) => write!(f, "a packet of {size} bytes has the wrong size"),
            Error::ExpectFd => f.write_str("a descriptor is missing"),
            Error::UnexpectedFd => f.write_str("there are more descriptors than expected"),
            Error::FieldValue => f.write_str("a value does not fit into its member"),
        }
    }
}

impl std::error::Error for Error {}

/// How severe a receiver is with a packet that is not exactly what its protocol says.
#[allow(dead_code)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A packet that is too long, or carries too many descriptors, is refused.
    Strict,
    /// As crosvm in January 2018: it is accepted, and what is too much is left over.
    Crosvm2018,
}

/// An integer, an array of integers or a descriptor.
#[allow(dead_code)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberInfo {
    pub name: &'static str,
    pub descriptor: bool,
    /// A descriptor that may be absent.
    pub optional: bool,
    pub signed: bool,
    pub big_endian: bool,
    /// The absolute value of an errno.
    pub errno: bool,
    /// Bytes of one element; 0 for a descriptor.
    pub size: usize,
    /// The number of elements of an array.
    pub count: Option<usize>,
    /// Bytes from the start of the packet; none for what is not in it.
    pub offset: Option<usize>,
}

#[allow(dead_code)]
impl MemberInfo {
    /// What most members are.
    const PLAIN: Self = MemberInfo {
        name: "",
        descriptor: false,
        optional: false,
        signed: false,
        big_endian: false,
        errno: false,
        size: 0,
        count: None,
        offset: None,
    };
}

#[allow(dead_code)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariantInfo {
    pub name: &'static str,
    /// A variant that is executed locally has no tag, and never travels.
    pub tag: Option<u64>,
    pub members: &'static [MemberInfo],
    /// The fewest and the most descriptors that it takes.
    pub min_fds: usize,
    pub max_fds: usize,
    /// The variant of the response that answers it, if the protocol says.
    pub response: Option<&'static str>,
}

/// Writes a message's `size` bytes and tells which descriptors to send.
#[allow(dead_code)]
pub type EncodeAny = fn(message: &AnyMessage, bytes: &mut [u8]) -> Result<Vec<usize>, Error>;

/// Reads a message from a packet of so many bytes, and takes out of the list which of the
/// descriptors that arrived it keeps.
#[allow(dead_code)]
pub type DecodeAny = fn(
    bytes: &[u8],
    length: usize,
    fds: &mut Vec<usize>,
    policy: Policy,
) -> Result<AnyMessage, Error>;

#[allow(dead_code)]
pub struct MessageInfo {
    pub name: &'static str,
    /// Bytes of a packet.
    pub size: usize,
    pub tag: MemberInfo,
    pub variants: &'static [VariantInfo],
    pub encode: EncodeAny,
    pub decode: DecodeAny,
}

#[allow(dead_code)]
pub struct ProtocolInfo {
    pub name: &'static str,
    pub seqpacket: bool,
    pub max_fds: usize,
    /// The request message, the response message, and the variant of the response that is an error.
    pub exchange: Option<(&'static str, &'static str, &'static str)>,
    pub messages: &'static [MessageInfo],
}

/// A message of any type, for programs that work by name.
#[allow(dead_code)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyMessage {
    /// The place of its variant in `MessageInfo::variants`.
    pub variant: usize,
    /// The elements of each integer member, in the order of the variant's members.
    pub integers: Vec<Vec<i128>>,
    /// Its descriptors, as numbers that the program gave them: the places in a list, for example.
    pub fds: Vec<usize>,
}

/// Takes the values of a message's members, one after another.
struct Values<'a> {
    integers: std::slice::Iter<'a, Vec<i128>>,
    fds: std::slice::Iter<'a, usize>,
}

#[allow(dead_code)]
impl Values<'_> {
    fn fd(&mut self) -> Result<usize, Error> {
        self.optional_fd().ok_or(Error::ExpectFd)
    }

    fn optional_fd(&mut self) -> Option<usize> {
        self.fds.next().copied()
    }

    fn integer<T: TryFrom<i128>>(&mut self) -> Result<T, Error> {
        let [value] = self.array()?;
        Ok(value)
    }

    fn array<T: TryFrom<i128>, const N: usize>(&mut self) -> Result<[T; N], Error> {
        let elements = self.integers.next().ok_or(Error::FieldValue)?.iter();
        let values: Result<Vec<T>, _> = elements.map(|&value| T::try_from(value)).collect();
        let values = values.map_err(|_| Error::FieldValue)?;
        values.try_into().map_err(|_| Error::FieldValue)
    }
}

#[allow(dead_code)]
fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

#[allow(dead_code)]
fn get<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&bytes[offset..offset + N]);
    value
}

/// The absolute value; the least `i32`, which has none, travels as ERANGE.
#[allow(dead_code)]
fn errno_to_wire(value: i64) -> Result<u32, Error> {
    if value == i64::from(i32::MIN) {
        return Ok(34);
    }
    if value < i64::from(i32::MIN) {
        return Err(Error::FieldValue);
    }
    u32::try_from(value.abs()).map_err(|_| Error::FieldValue)
}

/// The absolute value of the `i32` with these bits.
#[allow(dead_code)]
fn errno_from_wire(bits: u32) -> i64 {
    i64::from((bits as i32).unsigned_abs())
}

/// Takes the descriptors that a variant keeps out of those that arrived.
#[allow(dead_code)]
fn take<F>(
    fds: &mut Vec<F>,
    min: usize,
    max: usize,
    policy: Policy,
) -> Result<std::vec::IntoIter<F>, Error> {
    if fds.len() < min {
        return Err(Error::ExpectFd);
    }
    if fds.len() > max && policy == Policy::Strict {
        return Err(Error::UnexpectedFd);
    }
    let count = max.min(fds.len());
    // With one descriptor the last that arrived is taken; in strict packets it is the only one.
    let first = if max == 1 { fds.len() - count } else { 0 };
    Ok(fds.drain(first..first + count).collect::<Vec<F>>().into_iter())
}
