//! Users and groups: <pwd.h>, <grp.h>, <shadow.h>, <crypt.h>, the shells of /etc/shells, and who is logged in.

pub mod crypt;
pub mod group;
pub mod login;
pub mod password;
pub mod shadow;
pub mod shells;
