//! The methods of each kernel object, numbered as in `interfaces/kernel/*.idl`.
//!
//! A test holds them to the interface files. The dispatcher (`dispatch.rs`) matches them exhaustively.

macro_rules! interface {
    ($(#[$doc:meta])* $name:ident = $number:literal { $($method:ident = $value:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "documented in the interface file")]
        pub enum $name { $($method = $value),* }

        impl $name {
            /// Number of the interface.
            pub const INTERFACE: u16 = $number;
            /// All methods, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$method),*];

            /// The method with this number.
            #[inline]
            #[must_use]
            pub const fn from_number(number: u8) -> Option<$name> {
                match number {
                    $($value => Some($name::$method),)*
                    _ => None,
                }
            }
        }
    };
}

interface! {
    /// Methods of `AddressSpace`.
    AddressSpace = 1 {
        MapAnonymous = 0,
        Unmap = 1,
        Protect = 2,
        ProtectExecute = 3,
        Advise = 4,
        Remap = 5,
        Region = 6,
        Read = 7,
        Write = 8,
        Residency = 9,
        FutexWait = 10,
        FutexWake = 11,
        FutexRequeue = 12,
        FutexLockPi = 13,
        FutexUnlockPi = 14,
        FutexTrylockPi = 15,
        Info = 16,
        Lock = 17,
    }
}

interface! {
    /// Methods of `Process`.
    Process = 2 {
        Close = 0,
        Duplicate = 1,
        SetCloseOnExec = 2,
        SlotInfo = 3,
        Descriptors = 4,
        Info = 5,
        CreateThread = 6,
        Kill = 7,
        Stop = 8,
        Resume = 9,
        Install = 10,
        Inherit = 11,
        Start = 12,
        CommitOver = 13,
        Clone = 14,
        OfCaller = 15,
        SetCredentials = 16,
        RowInUse = 17,
        Supervise = 18,
        SetName = 19,
        SetLimits = 20,
        Parts = 21,
        Thread = 22,
        Threads = 23,
        Exit = 24,
        InheritSlot = 25,
        SetMemoryLimits = 26,
    }
}

interface! {
    /// Methods of `Thread`.
    Thread = 3 {
        Exit = 0,
        Kill = 1,
        Resume = 2,
        Stop = 3,
        GetRegisters = 4,
        SetRegisters = 5,
        SetUpcall = 6,
        Restore = 7,
        Interrupt = 8,
        SetInterruptWord = 9,
        SetReceiveWindow = 10,
        SetRobustList = 11,
        SetNice = 12,
        SetAffinity = 13,
        GetAffinity = 14,
        Times = 15,
        YieldNow = 16,
        Number = 17,
        ContinueFault = 18,
        Nothing = 19,
        SetBases = 20,
    }
}

interface! {
    /// Methods of `Account`.
    Account = 4 {
        CreateAccount = 0,
        Info = 1,
        SetLimits = 2,
        CreateProcess = 3,
        CreateMemory = 4,
        CreateEndpoint = 5,
        CreateWaitSet = 6,
        CreateTimer = 7,
        KillAll = 8,
        CreateProcessFor = 9,
    }
}

interface! {
    /// Methods of `Endpoint`.
    Endpoint = 5 {
        Mint = 0,
        BuyCallSlots = 1,
        CopyIn = 2,
        CopyOut = 3,
        CopyBetween = 4,
        CopyMemory = 5,
        SetReadiness = 6,
        CancelCall = 7,
        WatchProcess = 8,
        UnwatchProcess = 9,
        Caller = 10,
        Revoke = 11,
        Sender = 12,
        Info = 13,
        TakeClosed = 14,
        ReportPromptly = 15,
    }
}

interface! {
    /// Methods of `Memory`.
    Memory = 7 {
        MapRead = 0,
        MapWrite = 1,
        MapCopy = 2,
        MapExecute = 3,
        Resize = 4,
        Read = 5,
        Write = 6,
        Info = 7,
        Seal = 8,
        Supply = 9,
        TakePages = 10,
        TakeDirty = 11,
        Evict = 12,
        Fail = 13,
        Bind = 14,
        View = 15,
        Discard = 16,
    }
}

interface! {
    /// Methods of `DeviceMemory`.
    DeviceMemory = 8 {
        Map = 0,
        Derive = 1,
        Info = 2,
    }
}

interface! {
    /// Methods of `Interrupt`.
    Interrupt = 9 {
        AllocateMessage = 0,
        AllocateLine = 1,
        Bind = 2,
        Acknowledge = 3,
    }
}

interface! {
    /// Methods of `IoPorts`.
    IoPorts = 10 {
        Read = 0,
        Write = 1,
        Derive = 2,
    }
}

interface! {
    /// Methods of `Dma`.
    Dma = 11 {
        Allocate = 0,
        Map = 1,
        AsMemory = 2,
        DeviceWasReset = 3,
        Info = 4,
    }
}

interface! {
    /// Methods of `WaitSet`.
    WaitSet = 12 {
        Add = 0,
        Modify = 1,
        Remove = 2,
        Wait = 3,
        Poll = 4,
        Bind = 5,
    }
}

interface! {
    /// Methods of `Timer`.
    Timer = 13 {
        Set = 0,
        Get = 1,
        Take = 2,
        Bind = 3,
    }
}

interface! {
    /// Methods of `Clock`.
    Clock = 14 {
        Now = 0,
        Page = 1,
        SetRealtime = 2,
        Sleep = 3,
        Adjust = 4,
    }
}

interface! {
    /// Methods of `Policy`.
    Policy = 15 {
        Check = 0,
        Rows = 1,
        LabelForNew = 2,
        LabelForPath = 3,
        LabelByName = 4,
        Transition = 5,
        Text = 6,
        DomainAfter = 7,
    }
}

interface! {
    /// Methods of `Audit`.
    Audit = 16 {
        Read = 0,
        Bind = 1,
        Write = 2,
        TraceDomain = 3,
        Trace = 4,
        TraceBind = 5,
    }
}

interface! {
    /// Methods of `Entropy`.
    Entropy = 17 {
        Fill = 0,
        Stir = 1,
    }
}

interface! {
    /// Methods of `Machine`.
    Machine = 18 {
        Counts = 0,
        PowerOff = 1,
        Restart = 2,
        BootMemory = 3,
        Firmware = 4,
        EarlyLog = 5,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// `map_anonymous` for `MapAnonymous`.
    fn snake(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        snake
    }

    #[test]
    fn methods_are_those_of_the_interface_files() {
        let mut known: BTreeMap<(u16, u8), String> = BTreeMap::new();
        macro_rules! add {
            ($($name:ident),*) => {
                $(for method in super::$name::ALL {
                    let number = *method as u8;
                    assert_eq!(super::$name::from_number(number), Some(*method));
                    known.insert((super::$name::INTERFACE, number), snake(&format!("{method:?}")));
                })*
            };
        }
        add!(
            AddressSpace,
            Process,
            Thread,
            Account,
            Endpoint,
            Memory,
            DeviceMemory,
            Interrupt,
            IoPorts,
            Dma,
            WaitSet,
            Timer,
            Clock,
            Policy,
            Audit,
            Entropy,
            Machine
        );
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../interfaces");
        let model = trivet_idl::load_dir(folder).expect("the interface files are valid");
        let mut written = BTreeMap::new();
        for interface in model.interfaces.iter().filter(|interface| interface.kernel) {
            for method in &interface.methods {
                written.insert((interface.number, method.number), method.name.clone());
            }
        }
        assert_eq!(known, written);
    }
}
