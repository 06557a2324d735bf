//! The Machine interface: counts of everything, power, what the boot loader gave.

use crate::dispatch::{Answer, Failure, Invocation, Served, errno};
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::methods;

impl<M: Machine> Kernel<M> {
    #[inline(never)]
    pub(crate) fn serve_machine(&mut self, invocation: &Invocation, method: methods::Machine) -> Served {
        use methods::Machine as Method;
        let words = invocation.words;
        match method {
            Method::Counts => {
                self.settle_bill(invocation.cpu);
                let handles: usize = self
                    .processes
                    .iter()
                    .map(|(_, process)| process.table.count())
                    .sum();
                let idle: u64 = self.processors.iter().map(|processor| processor.idle_ticks).sum();
                // A child's limits count as used by its parent: what objects take is what is left of all sums without them.
                let kernel_bytes = self.accounts.iter().fold(0u64, |sum, (_, account)| {
                    let index = crate::account::Resource::KernelBytes as usize;
                    let taken = if account.parent.is_some() {
                        account.limits[index]
                    } else {
                        0
                    };
                    sum.wrapping_add(account.used[index]).wrapping_sub(taken)
                });
                let fields = [
                    self.machine.managed_frames() as u64,
                    self.machine.free_frames() as u64,
                    self.machine.quarantined_frames() as u64,
                    kernel_bytes,
                    self.processes.len() as u64,
                    self.threads.len() as u64,
                    self.endpoints.len() as u64,
                    (self.sessions.len() - self.closed_sessions) as u64,
                    self.mm.memories.len() as u64,
                    self.wait_sets.len() as u64,
                    self.timers.len() as u64,
                    self.accounts.len() as u64,
                    handles as u64,
                    self.processors.len() as u64,
                    self.machine.now_ns(),
                    self.machine.ticks_to_ns(idle),
                ];
                self.write_fields(invocation, 0, &fields)?;
                Ok(Answer::Done)
            }
            Method::PowerOff => self.machine.exit(words[0] as u8),
            Method::Restart => self.machine.reset(),
            Method::BootMemory => {
                self.expect_places(invocation, 1)?;
                let piece = usize::try_from(words[0]).ok();
                let (memory, length) = piece
                    .and_then(|piece| self.boot_memories.get(piece).copied().flatten())
                    .ok_or(Failure::Errno(errno::ENOENT))?;
                self.mm.memories.acquire(memory);
                let label = self.mm.memories[memory].label;
                self.answer_handle(invocation, &NewHandle::new(Object::Memory(memory), label))?;
                Ok(Answer::Word(length))
            }
            Method::Firmware => Ok(Answer::Word(self.acpi_root)),
            Method::EarlyLog => {
                let mut text = [0; 256];
                let length = self.input_length(invocation).min(256) as usize;
                self.read_input(invocation, 0, &mut text[..length])?;
                for part in text[..length].utf8_chunks() {
                    self.machine.log(format_args!("{}", part.valid()));
                    if !part.invalid().is_empty() {
                        self.machine.log(format_args!("?"));
                    }
                }
                Ok(Answer::Done)
            }
        }
    }
}
