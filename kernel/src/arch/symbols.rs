//! Names for code addresses, from the kernel's own ELF file in the boot archive. Without it addresses are printed bare.

use super::lock::TicketLock;
use super::serial::log;
use trivet_kernel::boot::symbols::SymbolTable;

static TABLE: TicketLock<Option<SymbolTable<'static>>> = TicketLock::new(None);

/// Takes the kernel's ELF file for later panics.
pub fn set(table: Option<SymbolTable<'static>>) {
    *TABLE.lock(|| {}) = table;
}

/// Writes one line of a backtrace.
pub fn log_address(address: u64) {
    let found = TABLE.lock(|| {}).as_ref().and_then(|table| table.find(address));
    match found {
        Some((name, offset)) => log!(
            "  {address:#x} {:#} + {offset:#x}",
            rustc_demangle::demangle(name)
        ),
        None => log!("  {address:#x}"),
    }
}
