//! What generated enums, flags and error types have in common.

/// An enum that travels as a number: every other number is refused.
#[macro_export]
macro_rules! define_enum {
    ($(#[$doc:meta])* pub enum $name:ident: $base:ident { $($(#[$member_doc:meta])* $member:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr($base)]
        pub enum $name { $($(#[$member_doc])* $member = $value,)* }

        impl $name {
            /// Every value, in the order of the interface file.
            pub const ALL: &'static [$name] = &[$($name::$member),*];

            /// The value with this number.
            #[inline]
            #[must_use]
            pub const fn from_number(number: u64) -> Option<$name> {
                match number {
                    $($value => Some($name::$member),)*
                    _ => None,
                }
            }

            /// Its number.
            #[inline]
            #[must_use]
            pub const fn number(self) -> u64 {
                self as $base as u64
            }
        }
    };
}

/// A set of bits. Any pattern can be held; `from_bits` refuses those that the interface does not name.
#[macro_export]
macro_rules! define_flags {
    ($(#[$doc:meta])* pub struct $name:ident: $base:ident { $($(#[$member_doc:meta])* $member:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(pub $base);

        impl $name {
            $($(#[$member_doc])* pub const $member: $name = $name($value);)*
            /// Every bit that the interface names.
            pub const ALL: $name = $name(0 $(| $value)*);
            /// No bit.
            pub const EMPTY: $name = $name(0);

            /// The flags of a word, when it has no other bits.
            #[inline]
            #[must_use]
            pub const fn from_bits(bits: u64) -> Option<$name> {
                if bits & !($name::ALL.0 as u64) == 0 { Some($name(bits as $base)) } else { None }
            }

            /// The flags of a word, whatever other bits it has: a reply of a newer server.
            #[inline]
            #[must_use]
            pub const fn from_word(word: u64) -> $name {
                $name(word as $base)
            }

            /// The bits as a word of a message.
            #[inline]
            #[must_use]
            pub const fn word(self) -> u64 {
                self.0 as u64
            }

            /// The bits.
            #[inline]
            #[must_use]
            pub const fn bits(self) -> $base {
                self.0
            }

            /// Whether all bits of `other` are here.
            #[inline]
            #[must_use]
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any bit of `other` is here.
            #[inline]
            #[must_use]
            pub const fn intersects(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// These bits without those of `other`.
            #[inline]
            #[must_use]
            pub const fn without(self, other: $name) -> $name {
                $name(self.0 & !other.0)
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = $name;
            #[inline]
            fn bitor(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }

        impl ::core::ops::BitOrAssign for $name {
            #[inline]
            fn bitor_assign(&mut self, other: $name) {
                self.0 |= other.0;
            }
        }

        impl ::core::ops::BitAnd for $name {
            type Output = $name;
            #[inline]
            fn bitand(self, other: $name) -> $name {
                $name(self.0 & other.0)
            }
        }

        // SAFETY: a transparent integer has no padding, and every bit pattern of it is a value.
        unsafe impl $crate::plain::Plain for $name {}
    };
}

/// The errors of an interface.
#[macro_export]
macro_rules! define_errors {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$member_doc:meta])* $member:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum $name { $($(#[$member_doc])* $member = $value,)* }

        impl $crate::ErrorNumber for $name {
            #[inline]
            fn from_number(number: u16) -> Option<$name> {
                match number {
                    $($value => Some($name::$member),)*
                    _ => None,
                }
            }

            #[inline]
            fn number(self) -> u16 {
                self as u16
            }
        }
    };
}
