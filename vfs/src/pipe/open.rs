//! Opening and closing the ends of a pipe.

use super::{Direction, ENDS_MAX, End, Pipe};
use crate::backend::Backend;
use crate::error::Error;

impl<B: Backend> Pipe<B> {
    /// Opens a FIFO. POSIX: an open for reading waits for a writer, one for writing for a reader; with `waits` false the first goes on and the
    /// second fails. The ends count from now on; [`Pipe::open_as`] names them, [`Pipe::give_up`] takes them back.
    ///
    /// # Errors
    /// `NoDeviceOrAddress`, `Interrupted`, `NoMemory` where too many have it open.
    pub async fn open_fifo(
        &self,
        request: &B::Request,
        direction: Direction,
        waits: bool,
    ) -> Result<(), Error> {
        if self.readers.get() + self.writers.get() >= 2 * ENDS_MAX || self.ends.borrow().len() >= ENDS_MAX {
            return Err(Error::NoMemory);
        }
        if direction.writes && !direction.reads && !waits && self.readers.get() == 0 {
            return Err(Error::NoDeviceOrAddress);
        }
        self.count_in(direction);
        if direction.reads && direction.writes {
            return Ok(());
        }
        let (read_opens, write_opens) = self.opens.get();
        let others = || {
            let (reads, writes) = self.opens.get();
            if direction.reads {
                self.writers.get() > 0 || writes != write_opens
            } else {
                self.readers.get() > 0 || reads != read_opens
            }
        };
        while waits && !others() {
            if let Err(error) = self.opening.wait(&*self.backend, request).await
                && !others()
            {
                self.give_up(direction);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Counts an open file in; openers of the other end go on.
    pub fn count_in(&self, direction: Direction) {
        let (mut reads, mut writes) = self.opens.get();
        if direction.reads {
            self.readers.set(self.readers.get() + 1);
            reads += 1;
        }
        if direction.writes {
            self.writers.set(self.writers.get() + 1);
            self.hung_up.set(false);
            writes += 1;
        }
        self.opens.set((reads, writes));
        self.opening.wake_all();
        self.show();
    }

    /// Gives the open file that was counted in its badge, by which its readiness is told.
    pub fn open_as(&self, badge: u64, direction: Direction) {
        self.ends.borrow_mut().push(End {
            badge,
            reads: direction.reads,
            writes: direction.writes,
        });
    }

    /// An open file is gone.
    pub fn close(&self, badge: u64) {
        let end = {
            let mut ends = self.ends.borrow_mut();
            let index = ends.iter().position(|end| end.badge == badge);
            index.map(|index| ends.swap_remove(index))
        };
        if let Some(end) = end {
            self.give_up(Direction {
                reads: end.reads,
                writes: end.writes,
            });
        }
    }

    /// Counts an open file out. The last writer's end is the readers' end of file, the last reader's breaks the pipe.
    pub fn give_up(&self, direction: Direction) {
        self.resume_parked();
        if direction.reads {
            self.readers.set(self.readers.get().saturating_sub(1));
            if self.readers.get() == 0 {
                self.writing.wake_all();
            }
        }
        if direction.writes {
            self.writers.set(self.writers.get().saturating_sub(1));
            if self.writers.get() == 0 {
                self.hung_up.set(true);
                self.reading.wake_all();
            }
        }
        self.show();
    }
}
