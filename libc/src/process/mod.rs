//! Processes: fork, exec, spawn, wait, and who a process is to others. POSIX.1-2024 <unistd.h>, <spawn.h>, <sys/wait.h>.

pub mod command;
pub mod control;
pub mod credentials;
pub mod daemon;
pub mod descriptors;
pub mod exec;
pub mod fork;
pub mod groups;
pub mod locks;
pub mod priority;
pub mod search;
pub mod spawn;
pub mod spawn_actions;
pub mod spawn_attributes;
pub mod wait;
