//! A fake machine, policies for tests, and a system of processes whose threads make calls by hand.

mod behaviour;
pub mod invariants;
mod minting;
mod random;
mod rules;
mod services;

use crate::account::Resource;
use crate::arena::Ref;
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::ipc::endpoint::Endpoint;
use crate::kernel::{Kernel, Next};
use crate::machine::{
    Cpu, Frame, FrameStore, LineMode, Machine, MessageVector, PAGE_SIZE, PortWidth, UserFrame,
};
use crate::mm::testing::FakeStore;
use crate::mm::{Mm, Placement, Protection};
use crate::policy::{Decisions, Frames, Limits, Masks, Outcome, Question, ReplyVerdict, Undo, Verdict};
use crate::process::{Process, ProcessState};
use crate::thread::Thread;
use crate::thread::lifecycle::Start;
use trivet_abi::handle::{Handle, Rights};
use trivet_abi::message::request;
use trivet_abi::{Domain, InterfaceNumber, Label};

/// A machine of vectors. Time stands still until a test moves it.
pub struct FakeMachine {
    store: FakeStore,
    processors: usize,
    pub now_ns: u64,
    pub reschedules: Vec<Cpu>,
    pub timers: Vec<Option<u64>>,
    pub spaces: Vec<Option<Frame>>,
    pub log: String,
}

impl FakeMachine {
    pub fn new(frames: usize, processors: usize) -> Self {
        FakeMachine {
            store: FakeStore::new(frames),
            processors,
            now_ns: 1000,
            reschedules: Vec::new(),
            timers: vec![None; processors],
            spaces: vec![None; processors],
            log: String::new(),
        }
    }
}

impl FrameStore for FakeMachine {
    fn allocate_zeroed(&mut self) -> Option<Frame> {
        self.store.allocate_zeroed()
    }
    fn allocate_for_overwrite(&mut self) -> Option<Frame> {
        self.store.allocate_for_overwrite()
    }
    fn allocate_contiguous(&mut self, count: usize, align_frames: usize, limit: u64) -> Option<Frame> {
        self.store.allocate_contiguous(count, align_frames, limit)
    }
    fn free_frames(&self) -> usize {
        self.store.free_frames()
    }
    fn managed_frames(&self) -> usize {
        self.store.managed_frames()
    }
    fn quarantined_frames(&self) -> usize {
        self.store.quarantined_frames()
    }
    fn quarantine(&mut self, first: Frame, count: usize, device: u32) {
        self.store.quarantine(first, count, device);
    }
    fn device_was_reset(&mut self, device: u32) -> usize {
        self.store.device_was_reset(device)
    }
    fn share(&mut self, frame: Frame) {
        self.store.share(frame);
    }
    fn release(&mut self, frame: Frame) -> bool {
        self.store.release(frame)
    }
    fn references(&self, frame: Frame) -> u32 {
        self.store.references(frame)
    }
    fn is_ram(&self, frame: Frame) -> bool {
        self.store.is_ram(frame)
    }
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]) {
        self.store.read(frame, offset, into);
    }
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]) {
        self.store.write(frame, offset, from);
    }
    fn zero(&mut self, frame: Frame, offset: usize, length: usize) {
        self.store.zero(frame, offset, length);
    }
    fn copy(&mut self, from: Frame, from_offset: usize, to: Frame, to_offset: usize, length: usize) {
        self.store.copy(from, from_offset, to, to_offset, length);
    }
    fn load_word(&self, frame: Frame, index: usize) -> u64 {
        self.store.load_word(frame, index)
    }
    fn store_word(&mut self, frame: Frame, index: usize, value: u64) {
        self.store.store_word(frame, index, value);
    }
    fn swap_word(&mut self, frame: Frame, index: usize, value: u64) -> u64 {
        self.store.swap_word(frame, index, value)
    }
    fn load_u32(&self, frame: Frame, offset: usize) -> u32 {
        self.store.load_u32(frame, offset)
    }
    fn compare_exchange_u32(
        &mut self,
        frame: Frame,
        offset: usize,
        current: u32,
        new: u32,
    ) -> Result<u32, u32> {
        self.store.compare_exchange_u32(frame, offset, current, new)
    }
    fn allocate_root(&mut self) -> Option<Frame> {
        self.store.allocate_root()
    }
    fn unload_root(&mut self, root: Frame) {
        self.store.unload_root(root);
    }
    fn release_root(&mut self, root: Frame) {
        self.store.release_root(root);
    }
    fn invalidate(&mut self, root: Frame, address: u64, pages: usize) {
        self.store.invalidate(root, address, pages);
    }
}

impl Machine for FakeMachine {
    fn processor_count(&self) -> usize {
        self.processors
    }
    fn switch_space(&mut self, cpu: Cpu, root: Frame) {
        self.spaces[cpu] = Some(root);
    }
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
    fn ticks(&self) -> u64 {
        self.now_ns
    }
    fn ticks_to_ns(&self, ticks: u64) -> u64 {
        ticks
    }
    fn boot_time_ns(&self) -> u64 {
        1_000_000_000
    }
    fn clock_frame(&self) -> Frame {
        Frame(0)
    }
    fn set_wall_offset(&mut self, _offset_ns: i64) {}
    fn set_timer(&mut self, cpu: Cpu, deadline_ns: Option<u64>) {
        self.timers[cpu] = deadline_ns;
    }
    fn send_reschedule(&mut self, cpu: Cpu) {
        self.reschedules.push(cpu);
    }
    fn bind_line(&mut self, line: u32, _mode: LineMode) -> Option<u8> {
        (line < 24).then_some(64 + line as u8)
    }
    fn bind_message(&mut self) -> Option<MessageVector> {
        None
    }
    fn unmask_interrupt(&mut self, _vector: u8) {}
    fn mask_interrupt(&mut self, _vector: u8) {}
    fn release_interrupt(&mut self, _vector: u8) {}
    fn port_read(&mut self, port: u16, _width: PortWidth) -> u32 {
        u32::from(port)
    }
    fn port_write(&mut self, _port: u16, _width: PortWidth, _value: u32) {}
    fn raw_entropy(&mut self) -> Option<u64> {
        Some(4)
    }
    fn log(&mut self, text: core::fmt::Arguments<'_>) {
        use core::fmt::Write;
        self.log.write_fmt(text).unwrap();
    }
    fn exit(&mut self, code: u8) -> ! {
        panic!("the machine was ended with {code}")
    }
    fn reset(&mut self) -> ! {
        panic!("the machine was started anew")
    }
}

/// A policy that grants what `allow` says, the same for everything, and audits what it refuses.
#[derive(Clone, Copy)]
pub struct Uniform {
    pub allow: u64,
    /// In this domain only what `narrow` has.
    pub narrow_domain: u16,
    pub narrow: u64,
}

impl Uniform {
    pub const EVERYTHING: Uniform = Uniform {
        allow: u64::MAX,
        narrow_domain: u16::MAX,
        narrow: 0,
    };
}

impl Decisions for Uniform {
    fn masks(&self, domain: Domain, _label: Label, _interface: InterfaceNumber) -> Masks {
        let allow = if domain.0 == self.narrow_domain {
            self.narrow
        } else {
            self.allow
        };
        Masks {
            allow,
            stateful: 0,
            audit: 0,
        }
    }
    fn may_mint(&self, domain: Domain, _label: Label, _interface: InterfaceNumber) -> bool {
        domain.0 != self.narrow_domain
    }
    fn transition(&self, domain: Domain, program: Label, user: u32) -> Option<Domain> {
        match program.0 {
            77 => Some(Domain(self.narrow_domain)),
            // For one user only.
            78 => (user == 1001).then_some(Domain(self.narrow_domain)),
            _ => Some(domain),
        }
    }
    fn account_of(&self, domain: Domain) -> u16 {
        domain.0
    }
    fn evaluate(&self, _frames: &mut Frames<'_>, _question: &Question<'_>) -> Verdict {
        Verdict {
            allowed: true,
            audit: false,
            rule: None,
            undo: Undo::default(),
        }
    }
    fn judge_name(
        &self,
        _frames: &mut Frames<'_>,
        pending: &Question<'_>,
        label: Label,
        interface: InterfaceNumber,
        method: u8,
    ) -> Verdict {
        let allowed = self.masks(pending.domain, label, interface).allow & 1 << method != 0;
        Verdict {
            allowed,
            audit: !allowed,
            rule: None,
            undo: Undo::default(),
        }
    }
    fn settle(&self, _frames: &mut Frames<'_>, _undo: &Undo, _outcome: Outcome<'_>) -> ReplyVerdict {
        ReplyVerdict::Deliver
    }
    fn cells(&self, _domain: Domain) -> (u16, u16) {
        (0, 0)
    }
    fn session_cells(&self, _label: Label, _interface: InterfaceNumber) -> u16 {
        0
    }
    fn root_label(&self, _interface: InterfaceNumber) -> Label {
        Label(1)
    }
    fn label_for_new(&self, parent: Label, _name: &[u8], _creator: Domain) -> Label {
        parent
    }
    fn label_for_path(&self, _file_system: &str, _path: &[u8]) -> Label {
        Label(1)
    }
    fn label_by_name(&self, _name: &str) -> Option<Label> {
        None
    }
    fn deciding_rule(&self, _d: Domain, _l: Label, _i: InterfaceNumber, _m: u8) -> Option<u32> {
        None
    }
    fn records_refusal(&self, _d: Domain, _l: Label, _i: InterfaceNumber, _m: u8) -> bool {
        true
    }
    fn boot_domain(&self, _program: &str) -> Option<Domain> {
        None
    }
    fn limits_of(&self, _domain: Domain) -> Option<Limits> {
        None
    }
    fn text(&self, _kind: u64, _number: u64) -> Option<&str> {
        None
    }
    fn publish_rows(&self, _server: Domain, _memory: &mut [u8]) -> Option<usize> {
        None
    }
    fn rows_size(&self, _server: Domain) -> usize {
        0
    }
}

/// Address of the memory that every process of a test has.
pub const MEMORY: u64 = 0x10_0000;
/// Its bytes.
pub const MEMORY_BYTES: u64 = 0x4_0000;

/// A kernel on a fake machine.
pub struct System {
    pub kernel: Kernel<FakeMachine>,
    frames_at_start: usize,
}

/// Registers of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    pub rdi: u64,
    pub rsi: u64,
    pub words: [u64; 6],
    pub r14: u64,
    pub r15: u64,
    pub rbx: u64,
}

impl System {
    pub fn new(policy: impl Decisions + Send + 'static, processors: usize) -> System {
        let machine = FakeMachine::new(4096, processors);
        let frames_at_start = machine.free_frames();
        let kernel = Kernel::new(machine, Mm::new(), Box::new(policy), [1, 2, 3, 4]).unwrap();
        System {
            kernel,
            frames_at_start,
        }
    }

    /// A running process with its own handles and some memory.
    pub fn process(&mut self, domain: u16) -> Ref<Process> {
        let kernel = &mut self.kernel;
        let account = kernel.root_account;
        let process = kernel.new_process(account, Domain(domain), Label(0)).unwrap();
        kernel.install_own_handles(process).unwrap();
        let space = kernel.processes[process].space.unwrap();
        let placement = Placement {
            address: MEMORY,
            length: MEMORY_BYTES,
            flags: 1,
        };
        let mapped = kernel.mm.map_anonymous(
            &mut kernel.machine,
            &mut kernel.accounts,
            space,
            placement,
            Protection::READ_WRITE,
        );
        assert_eq!(mapped, Ok(crate::mm::map::Mapped::At(MEMORY)));
        kernel.processes[process].state = ProcessState::Running;
        process
    }

    /// A thread of a process, ready to run.
    pub fn thread(&mut self, process: Ref<Process>) -> Ref<Thread> {
        let start = Start {
            entry: 0x1000,
            stack: MEMORY + MEMORY_BYTES,
            ..Start::default()
        };
        let thread = self.kernel.create_thread(process, &start).unwrap();
        self.kernel.start_thread(thread);
        self.settle();
        thread
    }

    /// An endpoint, with the receive right in `server`; answers it and its handle there.
    pub fn endpoint(&mut self, server: Ref<Process>) -> (Ref<Endpoint>, Handle) {
        let account = self.kernel.root_account;
        let endpoint = self.kernel.create_endpoint(account, Label(0)).unwrap();
        let handle = self.give(
            server,
            NewHandle {
                rights: Rights::ALL,
                ..NewHandle::new(Object::Endpoint(endpoint), Label(0))
            },
        );
        (endpoint, handle)
    }

    /// Puts a handle into a process's own region; its reference goes with it.
    pub fn give(&mut self, process: Ref<Process>, handle: NewHandle) -> Handle {
        let place = self.kernel.take_place(process, false, 0).unwrap();
        let slot = self.kernel.slot_for(&handle);
        self.kernel.fill_place(process, place, slot, false);
        self.kernel.processes[process].table.value(place)
    }

    /// A session of an endpoint in a client's table.
    pub fn session(&mut self, client: Ref<Process>, endpoint: Ref<Endpoint>, badge: u64) -> Handle {
        self.session_of(client, endpoint, badge, InterfaceNumber(40), Label(5))
    }

    /// As `session`, with an interface and a label.
    pub fn session_of(
        &mut self,
        client: Ref<Process>,
        endpoint: Ref<Endpoint>,
        badge: u64,
        interface: InterfaceNumber,
        label: Label,
    ) -> Handle {
        let account = self.kernel.root_account;
        let slot = self
            .kernel
            .mint_session(crate::ipc::session::Minting {
                endpoint,
                badge,
                interface,
                label,
                mask: u64::MAX,
                rights: Rights(3),
                epoch: crate::ipc::session::ROOT_EPOCH,
                account,
                report_closed: true,
                lazy: false,
                quiet: false,
                readiness: 0,
                kept_by: None,
            })
            .unwrap();
        let Some(object) = slot.object() else {
            panic!("no session")
        };
        self.give(client, NewHandle::new(object, label))
    }

    /// Lets every processor settle: reaping, choosing, steps of long entries.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            let mut busy = false;
            for cpu in 0..self.kernel.processors.len() {
                self.kernel.cpu = cpu;
                match self.kernel.next(cpu) {
                    Next::Continue => {
                        self.kernel.continue_entry(cpu);
                        busy = true;
                    }
                    Next::Resume | Next::Idle => {}
                }
            }
            let calls = std::mem::take(&mut self.kernel.machine.reschedules);
            for cpu in calls {
                self.kernel.trap(cpu, crate::machine::Trap::Reschedule);
                busy = true;
            }
            if !busy && !self.kernel.reaper_is_busy() {
                return;
            }
        }
        let states: Vec<_> = self
            .kernel
            .threads
            .iter()
            .map(|(thread, value)| (thread, value.state, value.attention))
            .collect();
        panic!(
            "the kernel does not come to rest: {states:?}, something dies in memory: {}",
            self.kernel.mm.has_dying()
        );
    }

    /// Makes a thread the one that runs on processor 0, whoever ran before.
    pub fn run(&mut self, thread: Ref<Thread>) {
        for _ in 0..1000 {
            if self.kernel.processors[0].current == Some(thread) {
                return;
            }
            self.kernel.cpu = 0;
            self.kernel.give_turn_away(0);
            self.settle();
        }
        panic!(
            "thread {thread:?} does not get a processor: {:?}",
            self.kernel.threads[thread].state
        );
    }

    /// A system call of the thread that runs on a processor, as registers have it.
    ///
    /// A call whose header names no interface is for what the handle is: few tests are about the interface.
    pub fn enter(&mut self, cpu: Cpu, number: u64, mut registers: Registers) {
        let current = self.kernel.processors[cpu].current.unwrap();
        if number == trivet_abi::CALL && registers.rsi & request::INTERFACE_MASK == 0 {
            let handle = Handle(registers.rdi as u32);
            let slot = self.kernel.callable_slot(current, handle);
            let interface = slot.map_or(0, |slot| slot.interface.0);
            registers.rsi |= u64::from(interface) << request::INTERFACE_SHIFT;
        }
        let frame = &mut self.kernel.threads[current].context.frame;
        frame.rax = number;
        frame.rdi = registers.rdi;
        frame.rsi = registers.rsi;
        frame.set_words(&registers.words);
        frame.r14 = registers.r14;
        frame.r15 = registers.r15;
        frame.rbx = registers.rbx;
        self.kernel.system_call(cpu);
        self.settle();
    }

    /// A thread calls; its registers afterwards (the same if it waits).
    pub fn call(&mut self, thread: Ref<Thread>, handle: Handle, header: u64, words: [u64; 6]) -> UserFrame {
        self.call_with(
            thread,
            Registers {
                rdi: u64::from(handle.0),
                rsi: header,
                words,
                ..Registers::default()
            },
        )
    }

    pub fn call_with(&mut self, thread: Ref<Thread>, registers: Registers) -> UserFrame {
        self.run(thread);
        self.enter(0, trivet_abi::CALL, registers);
        self.frame(thread)
    }

    pub fn receive(&mut self, thread: Ref<Thread>, endpoint: Handle, options: u64) -> UserFrame {
        self.run(thread);
        let registers = Registers {
            rdi: u64::from(endpoint.0),
            rsi: options,
            ..Registers::default()
        };
        self.enter(0, trivet_abi::RECV, registers);
        self.frame(thread)
    }

    pub fn reply(&mut self, thread: Ref<Thread>, token: u64, header: u64, words: [u64; 6]) -> UserFrame {
        self.run(thread);
        let registers = Registers {
            rdi: token,
            rsi: header,
            words,
            ..Registers::default()
        };
        self.enter(0, trivet_abi::REPLY, registers);
        self.frame(thread)
    }

    pub fn frame(&self, thread: Ref<Thread>) -> UserFrame {
        self.kernel.threads[thread].context.frame
    }

    /// Writes into a process's memory.
    pub fn poke(&mut self, process: Ref<Process>, address: u64, bytes: &[u8]) {
        self.kernel.write_process(process, address, bytes).unwrap();
    }

    /// Reads a process's memory.
    pub fn peek(&mut self, process: Ref<Process>, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let space = self.kernel.processes[process].space.unwrap();
        self.kernel.read_space(space, address, &mut bytes).unwrap();
        bytes
    }

    /// Moves time and lets every processor's timer fire if it is due.
    pub fn pass(&mut self, nanoseconds: u64) {
        self.kernel.machine.now_ns += nanoseconds;
        for cpu in 0..self.kernel.processors.len() {
            if self.kernel.machine.timers[cpu].is_some_and(|at| at <= self.kernel.machine.now_ns) {
                self.kernel.machine.timers[cpu] = None;
                self.kernel.trap(cpu, crate::machine::Trap::Timer);
            }
        }
        self.settle();
    }

    /// Kills everything, and checks that nothing is left of it.
    pub fn end(&mut self) {
        let processes: Vec<Ref<Process>> = self.kernel.processes.iter().map(|(process, _)| process).collect();
        for process in processes {
            self.kernel.kill_process(process, 0);
        }
        self.settle();
        invariants::check(&self.kernel);
        let kernel = &self.kernel;
        assert_eq!(kernel.processes.len(), 0, "processes are left");
        assert_eq!(kernel.threads.len(), 0, "threads are left");
        assert_eq!(kernel.sessions.len(), 0, "sessions are left");
        assert_eq!(kernel.endpoints.len(), 0, "endpoints are left");
        assert_eq!(kernel.call_slots.len(), 0, "call slots are left");
        assert_eq!(kernel.events.len(), 0, "events are left");
        assert_eq!(kernel.timers.len(), 0, "timers are left");
        assert_eq!(kernel.wait_sets.len(), 0, "wait sets are left");
        assert_eq!(kernel.watches.len(), 0, "watches are left");
        assert_eq!(kernel.mm.spaces.len(), 0, "spaces are left");
        assert_eq!(kernel.mm.memories.len(), 0, "memories are left");
        assert_eq!(kernel.accounts.len(), 1, "accounts are left");
        assert_eq!(kernel.sessions.reserved(), 0, "kept places are left");
        let root = &kernel.accounts[kernel.root_account];
        for resource in Resource::ALL {
            assert_eq!(root.used[resource as usize], 0, "{resource:?} is still charged");
        }
        assert_eq!(
            kernel.machine.free_frames(),
            self.frames_at_start,
            "frames are lost"
        );
        assert!(
            kernel.rows.iter().all(|count| *count == 0),
            "rows are still counted"
        );
        const { assert!(PAGE_SIZE == 4096) };
    }
}
