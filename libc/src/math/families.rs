//! The macros that export a function in three formats.

/// Functions of one number: `name nameF nameL: rule, body of double, body on Wide;`
///
/// `rule` is a function `fn(x: R, compute: impl Fn(R) -> R) -> R`, generic over the format: it knows special arguments
/// and errors, and calls `compute` for the rest (which for long double are finite). The body of double serves float too.
#[macro_export]
macro_rules! real_functions {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident : $rule:path, $body:expr, $wide:expr;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double(x: f64) -> f64 {
                    let body: fn(f64) -> f64 = $body;
                    $rule(x, body)
                }

                $(#[$meta])*
                pub unsafe extern "C" fn $float(x: f32) -> f32 {
                    let body: fn(f64) -> f64 = $body;
                    $rule(x, |x: f32| body(x as f64) as f32)
                }
            }
            $crate::long_double! {
                $(#[$meta])*
                $long(; x) {
                    let body: fn($crate::math::extended::wide::Wide) -> $crate::math::extended::wide::Wide = $wide;
                    $rule(x, |x: $crate::float::f80::F80| $crate::math::real::Real::from_wide(body($crate::math::real::Real::wide(x))))
                }
            }
        )*
    };
}

/// The same for functions of two numbers; `rule` is `fn(x: R, y: R, compute: impl Fn(R, R) -> R) -> R`.
#[macro_export]
macro_rules! real_functions_of_two {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident : $rule:path, $body:expr, $wide:expr;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double(x: f64, y: f64) -> f64 {
                    let body: fn(f64, f64) -> f64 = $body;
                    $rule(x, y, body)
                }

                $(#[$meta])*
                pub unsafe extern "C" fn $float(x: f32, y: f32) -> f32 {
                    let body: fn(f64, f64) -> f64 = $body;
                    $rule(x, y, |x: f32, y: f32| body(x as f64, y as f64) as f32)
                }
            }
            $crate::long_double! {
                $(#[$meta])*
                $long(; x, y) {
                    use $crate::math::extended::wide::Wide;
                    use $crate::math::real::Real;
                    let body: fn(Wide, Wide) -> Wide = $wide;
                    $rule(x, y, |x: $crate::float::f80::F80, y: $crate::float::f80::F80| Real::from_wide(body(Real::wide(x), Real::wide(y))))
                }
            }
        )*
    };
}

/// Functions that one generic body serves in all formats: `name nameF nameL(x, y) -> R { expression };`
#[macro_export]
macro_rules! generic_functions {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident ($($x:ident),+) = $body:expr;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double($($x: f64),+) -> f64 { $body($($x),+) }
                $(#[$meta])*
                pub unsafe extern "C" fn $float($($x: f32),+) -> f32 { $body($($x),+) }
            }
            $crate::long_double! {
                $(#[$meta])*
                $long(; $($x),+) { $body($($x),+) }
            }
        )*
    };
}
