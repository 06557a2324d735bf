//! Names and addresses of networks: what needs no network server.
//!
//! <arpa/inet.h> (`address`), <netdb.h>'s databases in /etc (`services`, `protocols`, `networks`, `hosts`),
//! `getaddrinfo` and `getnameinfo` for numbers and /etc/hosts (`lookup`), Ethernet addresses (`ethernet`), messages of
//! the domain name system (`message`), control data of sockets (`control`), and interfaces (`interfaces`).

pub mod address;
pub mod control;
pub mod ethernet;
pub mod hosts;
pub mod interfaces;
pub mod lookup;
pub mod message;
pub mod networks;
pub mod protocols;
pub mod resolver;
pub mod services;
