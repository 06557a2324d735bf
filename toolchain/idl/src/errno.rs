//! The error numbers that interfaces may use: Linux's errno values on x86-64, with the names that the stubs use.
//!
//! One table serves the checker (which names exist), the stubs (Rust variants) and the documentation.

/// One error number.
#[derive(Debug, PartialEq, Eq)]
pub struct Errno {
    /// `ENOENT`
    pub name: &'static str,
    /// Linux's value.
    pub number: u16,
    /// The variant in Rust, `NotFound`.
    pub variant: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

/// The error of that name.
pub fn by_name(name: &str) -> Option<&'static Errno> {
    let name = match name {
        "EWOULDBLOCK" => "EAGAIN",
        "ENOTSUP" => "EOPNOTSUPP",
        other => other,
    };
    TABLE.iter().find(|errno| errno.name == name)
}

const fn errno(name: &'static str, number: u16, variant: &'static str, doc: &'static str) -> Errno {
    Errno {
        name,
        number,
        variant,
        doc,
    }
}

/// Every error, in the order of the numbers.
#[rustfmt::skip]
pub static TABLE: [Errno; 81] = [
    errno("EPERM", 1, "NotPermitted", "The operation is not permitted to this caller."),
    errno("ENOENT", 2, "NotFound", "The name does not exist."),
    errno("ESRCH", 3, "NoSuchProcess", "No such process."),
    errno("EINTR", 4, "Interrupted", "A signal ended the wait."),
    errno("EIO", 5, "InputOutput", "The device or the server behind it failed."),
    errno("ENXIO", 6, "NoSuchDevice", "No such device or address."),
    errno("E2BIG", 7, "ListTooLong", "The argument list is too long."),
    errno("ENOEXEC", 8, "NotExecutable", "The file is not a program of this system."),
    errno("EBADF", 9, "BadDescriptor", "The handle is not open for this."),
    errno("ECHILD", 10, "NoChild", "No child process."),
    errno("EAGAIN", 11, "TryAgain", "Not now: it would wait, or a limit is reached."),
    errno("ENOMEM", 12, "NoMemory", "Not enough memory."),
    errno("EACCES", 13, "AccessDenied", "The policy or the permissions refuse it."),
    errno("EFAULT", 14, "BadAddress", "An address is not usable."),
    errno("ENOTBLK", 15, "NotBlockDevice", "A block device is needed."),
    errno("EBUSY", 16, "Busy", "The object is in use."),
    errno("EEXIST", 17, "AlreadyExists", "The name exists."),
    errno("EXDEV", 18, "OtherFileSystem", "The two names are in different file systems or labels."),
    errno("ENODEV", 19, "NotSupportedByDevice", "The object does not support this."),
    errno("ENOTDIR", 20, "NotDirectory", "A directory is needed."),
    errno("EISDIR", 21, "IsDirectory", "The name is a directory."),
    errno("EINVAL", 22, "InvalidArgument", "An argument is not valid."),
    errno("ENFILE", 23, "TooManyOpenFiles", "The system has too many open files."),
    errno("EMFILE", 24, "NoFreeDescriptor", "The process has too many open files."),
    errno("ENOTTY", 25, "NotTerminal", "The object is not a terminal, or of another kind."),
    errno("ETXTBSY", 26, "TextBusy", "The file is being executed, or written."),
    errno("EFBIG", 27, "FileTooLarge", "The file would become too large."),
    errno("ENOSPC", 28, "NoSpace", "No space left."),
    errno("ESPIPE", 29, "NotSeekable", "The object has no position."),
    errno("EROFS", 30, "ReadOnlyFileSystem", "The file system is read-only."),
    errno("EMLINK", 31, "TooManyLinks", "Too many links."),
    errno("EPIPE", 32, "BrokenPipe", "Nobody reads."),
    errno("EDOM", 33, "Domain", "The argument is outside of the domain."),
    errno("ERANGE", 34, "OutOfRange", "The result does not fit."),
    errno("EDEADLK", 35, "Deadlock", "Waiting would never end."),
    errno("ENAMETOOLONG", 36, "NameTooLong", "A name is too long."),
    errno("ENOLCK", 37, "NoLocks", "No locks left."),
    errno("ENOSYS", 38, "NotImplemented", "The method is not implemented."),
    errno("ENOTEMPTY", 39, "NotEmpty", "The directory is not empty."),
    errno("ELOOP", 40, "TooManySymlinks", "Too many symbolic links."),
    errno("ENODATA", 61, "NoData", "There is no such data."),
    errno("ETIME", 62, "TimerExpired", "The timer expired."),
    errno("EREMOTE", 66, "Remote", "Another server goes on from here: `open` says how."),
    errno("EPROTO", 71, "Protocol", "Protocol error."),
    errno("EBADMSG", 74, "BadMessage", "The message is malformed."),
    errno("EOVERFLOW", 75, "Overflow", "A value does not fit in its type."),
    errno("EILSEQ", 84, "IllegalSequence", "An illegal byte sequence."),
    errno("ERESTART", 85, "Restart", "Not yet: the C library finds out whether and when to try again."),
    errno("EUSERS", 87, "TooManyUsers", "Too many users."),
    errno("ENOTSOCK", 88, "NotSocket", "The object is not a socket."),
    errno("EDESTADDRREQ", 89, "AddressRequired", "A destination address is needed."),
    errno("EMSGSIZE", 90, "MessageTooLong", "The message is too long."),
    errno("EPROTOTYPE", 91, "WrongProtocolType", "The protocol is of the wrong type for the socket."),
    errno("ENOPROTOOPT", 92, "NoProtocolOption", "The option does not exist."),
    errno("EPROTONOSUPPORT", 93, "ProtocolNotSupported", "The protocol is not supported."),
    errno("ESOCKTNOSUPPORT", 94, "SocketTypeNotSupported", "The socket type is not supported."),
    errno("EOPNOTSUPP", 95, "NotSupported", "The object does not support the operation."),
    errno("EPFNOSUPPORT", 96, "ProtocolFamilyNotSupported", "The protocol family is not supported."),
    errno("EAFNOSUPPORT", 97, "AddressFamilyNotSupported", "The address family is not supported."),
    errno("EADDRINUSE", 98, "AddressInUse", "The address is in use."),
    errno("EADDRNOTAVAIL", 99, "AddressNotAvailable", "The address is not available."),
    errno("ENETDOWN", 100, "NetworkDown", "The network is down."),
    errno("ENETUNREACH", 101, "NetworkUnreachable", "The network cannot be reached."),
    errno("ENETRESET", 102, "NetworkReset", "The network dropped the connection."),
    errno("ECONNABORTED", 103, "ConnectionAborted", "The connection was aborted."),
    errno("ECONNRESET", 104, "ConnectionReset", "The peer reset the connection."),
    errno("ENOBUFS", 105, "NoBufferSpace", "No buffer space left."),
    errno("EISCONN", 106, "AlreadyConnected", "The socket is connected."),
    errno("ENOTCONN", 107, "NotConnected", "The socket is not connected."),
    errno("ESHUTDOWN", 108, "ShutDown", "The socket was shut down."),
    errno("ETIMEDOUT", 110, "TimedOut", "The time is over."),
    errno("ECONNREFUSED", 111, "ConnectionRefused", "The peer refused the connection."),
    errno("EHOSTDOWN", 112, "HostDown", "The host is down."),
    errno("EHOSTUNREACH", 113, "HostUnreachable", "The host cannot be reached."),
    errno("EALREADY", 114, "AlreadyInProgress", "The operation is in progress already."),
    errno("EINPROGRESS", 115, "InProgress", "The operation is in progress now."),
    errno("ESTALE", 116, "Stale", "The object that the handle named is gone."),
    errno("EDQUOT", 122, "QuotaExceeded", "The quota is used up."),
    errno("ECANCELED", 125, "Cancelled", "The operation was cancelled."),
    errno("EOWNERDEAD", 130, "OwnerDead", "The owner died."),
    errno("ENOTRECOVERABLE", 131, "NotRecoverable", "The state cannot be recovered."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_names_and_variants_are_unique_and_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].number < pair[1].number));
        assert_eq!(
            TABLE.iter().map(|errno| errno.name).collect::<HashSet<_>>().len(),
            TABLE.len()
        );
        assert_eq!(
            TABLE
                .iter()
                .map(|errno| errno.variant)
                .collect::<HashSet<_>>()
                .len(),
            TABLE.len()
        );
    }

    #[test]
    fn the_second_names_of_linux_mean_the_same_numbers() {
        assert_eq!(by_name("EWOULDBLOCK").map(|errno| errno.number), Some(11));
        assert_eq!(by_name("ENOTSUP").map(|errno| errno.number), Some(95));
        assert_eq!(by_name("ENOSUCH"), None);
    }
}
