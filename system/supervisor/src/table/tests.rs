//! The table's rules one by one, and all of them under random schedules.

use super::*;
use proptest::prelude::*;

const ENDS: Wanted = Wanted {
    ended: true,
    stopped: false,
    continued: false,
    keep: false,
};
const ALL: Wanted = Wanted {
    ended: true,
    stopped: true,
    continued: true,
    keep: false,
};

/// 10 leads a session; 11 and 12 are its children, 13 is 11's.
fn family() -> Table<()> {
    let mut table = Table::default();
    table.add_leader(10, ());
    table.add_child(10, 11, false, ()).unwrap();
    table.add_child(10, 12, false, ()).unwrap();
    table.add_child(11, 13, false, ()).unwrap();
    table
}

fn change(table: &mut Table<()>, parent: u64, which: Which, wanted: Wanted) -> Option<Change> {
    match table.wait(parent, which, wanted) {
        Waited::Change(change) => Some(change),
        _ => None,
    }
}

#[test]
fn a_child_that_ended_waits_for_its_parent_and_is_told_once() {
    let mut table = family();
    let ended = table.end(12, 0x300, false).unwrap();
    assert_eq!(ended.parent, Some(10));
    assert!(ended.gone.is_empty());
    assert_eq!(table.wait(10, Which::Process(11), ENDS), Waited::NoChange);
    let told = change(&mut table, 10, Which::Any, ENDS).unwrap();
    assert_eq!((told.number, told.status, told.code), (12, 0x300, code::EXITED));
    // Until it is reaped it is there.
    assert!(change(&mut table, 10, Which::Process(12), ENDS).is_some());
    assert!(table.reap(12).is_some());
    assert_eq!(table.wait(10, Which::Process(12), ENDS), Waited::NoChild);
    assert_eq!(table.wait(13, Which::Any, ENDS), Waited::NoChild);
}

#[test]
fn the_children_of_one_who_ended_belong_to_process_1_and_leave_nothing() {
    let mut table = family();
    table.end(13, 9, false).unwrap();
    let ended = table.end(11, 0, false).unwrap();
    // 13 had ended: nobody will ever wait for it.
    assert_eq!(ended.gone, [(13, ())]);
    let ended = table.end(10, 0, false).unwrap();
    assert_eq!((ended.parent, ended.led), (None, Some(10)));
    assert_eq!(ended.orphans, [12]);
    assert_eq!(table.get(12).unwrap().parent(), INIT);
    assert!(table.end(12, 0, false).unwrap().gone.len() == 1 && table.is_empty());
}

#[test]
fn no_status_is_kept_for_a_parent_that_wants_none() {
    let mut table = family();
    let ended = table.end(12, 0, true).unwrap();
    assert_eq!((ended.gone.len(), ended.parent), (1, Some(10)));
    assert_eq!(table.wait(10, Which::Process(12), ENDS), Waited::NoChild);
}

#[test]
fn stops_and_continues_are_told_once_each_to_who_asks_for_them() {
    let mut table = family();
    assert!(table.stop(11, 20) && !table.stop(11, 19));
    assert_eq!(table.wait(10, Which::Any, ENDS), Waited::NoChange);
    let keep = Wanted { keep: true, ..ALL };
    assert_eq!(
        change(&mut table, 10, Which::Any, keep).unwrap().status,
        20 << 8 | 0x7f
    );
    assert_eq!(
        change(&mut table, 10, Which::Any, ALL).unwrap().code,
        code::STOPPED
    );
    assert_eq!(table.wait(10, Which::Any, ALL), Waited::NoChange);
    assert!(table.go_on(11) && !table.go_on(11));
    assert_eq!(change(&mut table, 10, Which::Any, ALL).unwrap().status, 0xffff);
    assert_eq!(table.wait(10, Which::Any, ALL), Waited::NoChange);
}

#[test]
fn a_continue_takes_the_news_of_a_stop_back() {
    let mut table = family();
    table.stop(11, 19);
    table.go_on(11);
    let stops = Wanted {
        continued: false,
        ..ALL
    };
    assert_eq!(table.wait(10, Which::Any, stops), Waited::NoChange);
}

#[test]
fn setpgid_keeps_posix_rules() {
    let mut table = family();
    // A session's leader stays where it is, also when its parent asks.
    assert_eq!(table.set_group(10, 10, 10), Err(Refused::NotPermitted));
    assert_eq!(table.set_group(10, 11, 11), Ok(()));
    assert_eq!(table.set_group(10, 12, 11), Ok(()));
    assert_eq!(table.members(11).collect::<Vec<_>>(), [11, 12]);
    // No such group, not a child, a child that has executed.
    assert_eq!(table.set_group(12, 12, 99), Err(Refused::NotPermitted));
    assert_eq!(table.set_group(10, 13, 13), Err(Refused::NoSuchProcess));
    table.executed(12);
    assert_eq!(table.set_group(10, 12, 12), Err(Refused::Executed));
    assert_eq!(table.set_group(12, 12, 12), Ok(()));
}

#[test]
fn a_child_in_another_session_is_out_of_its_parents_reach() {
    let mut table = family();
    assert_eq!(table.new_session(11), Ok(()));
    assert_eq!(table.set_group(10, 11, 11), Err(Refused::NotPermitted));
    // A group of another session cannot be joined.
    assert_eq!(table.set_group(12, 12, 11), Err(Refused::NotPermitted));
}

#[test]
fn who_leads_a_group_makes_no_session() {
    let mut table = family();
    assert_eq!(table.new_session(10), Err(Refused::NotPermitted));
    table.set_group(11, 11, 11).unwrap();
    table.set_group(12, 12, 11).unwrap();
    table.set_group(11, 11, 10).unwrap();
    // Its number is still a group's.
    assert_eq!(table.new_session(11), Err(Refused::NotPermitted));
    assert_eq!(table.new_session(13), Ok(()));
}

#[test]
fn a_stopped_group_that_becomes_orphaned_is_hung_up() {
    let mut table = family();
    // 11's child 13 has a group of its own; 11 is its only tie to the session.
    table.set_group(13, 13, 13).unwrap();
    assert!(!table.is_orphaned(13));
    table.stop(13, 20);
    let ended = table.end(11, 0, false).unwrap();
    assert_eq!(ended.hung_up, [13]);
    assert!(table.is_orphaned(13));
    // The leader's own group was orphaned from the beginning.
    assert!(table.is_orphaned(10));
    table.stop(12, 20);
    assert_eq!(table.end(10, 0, false).unwrap().hung_up, [0; 0]);
}

#[derive(Clone, Debug)]
enum Step {
    Fork(usize),
    End(usize, u32, bool),
    Wait(usize, Which, Wanted),
    Stop(usize),
    GoOn(usize),
    Execute(usize),
    SetGroup(usize, usize, usize),
    NewSession(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let wanted = any::<(bool, bool, bool, bool)>().prop_map(|(ended, stopped, continued, keep)| Wanted {
        ended,
        stopped,
        continued,
        keep,
    });
    let which = prop_oneof![
        3 => Just(Which::Any),
        1 => (0u64..40).prop_map(Which::Process),
        1 => (0u64..40).prop_map(Which::Group),
    ];
    prop_oneof![
        6 => any::<usize>().prop_map(Step::Fork),
        3 => (any::<usize>(), 0u32..0x1_0000, any::<bool>()).prop_map(|(who, status, discard)| Step::End(who, status, discard)),
        4 => (any::<usize>(), which, wanted).prop_map(|(who, which, wanted)| Step::Wait(who, which, wanted)),
        2 => any::<usize>().prop_map(Step::Stop),
        2 => any::<usize>().prop_map(Step::GoOn),
        1 => any::<usize>().prop_map(Step::Execute),
        3 => any::<(usize, usize, usize)>().prop_map(|(caller, target, group)| Step::SetGroup(caller, target, group)),
        1 => any::<usize>().prop_map(Step::NewSession),
    ]
}

/// What holds at any time.
fn check(table: &Table<u64>) {
    for (number, entry) in table.iter() {
        assert_eq!(entry.detail, number);
        for child in entry.children() {
            assert_eq!(
                table.get(*child).map(Entry::parent),
                Some(number),
                "a child knows its parent"
            );
        }
        if entry.parent() == INIT {
            assert!(entry.is_alive(), "nobody waits for {number}");
        } else {
            let parent = table
                .get(entry.parent())
                .expect("a parent lives or its children have another");
            assert!(parent.is_alive(), "an ended parent has no children");
            assert_eq!(
                parent.children().iter().filter(|child| **child == number).count(),
                1
            );
        }
        if entry.session() == number {
            assert_eq!(entry.group(), number, "a session's leader leads its group");
        }
        let mut of_group = table.iter().filter(|(_, other)| other.group() == entry.group());
        assert!(of_group.all(|(_, other)| other.session() == entry.session()));
    }
}

proptest! {
    #[test]
    fn no_schedule_loses_a_zombie_or_breaks_a_family(steps in proptest::collection::vec(step(), 1..120)) {
        let mut table = Table::default();
        table.add_leader(10, 10);
        let mut next = 11;
        // Ends that somebody must still hear of, or was told to forget.
        let (mut born, mut heard, mut forgotten) = (1usize, 0usize, 0usize);
        for step in steps {
            let numbers: Vec<u64> = table.iter().map(|(number, _)| number).collect();
            if numbers.is_empty() {
                break;
            }
            let pick = |index: usize| numbers[index % numbers.len()];
            match step {
                Step::Fork(parent) => {
                    let parent = pick(parent);
                    let lives = table.get(parent).unwrap().is_alive();
                    prop_assert_eq!(table.add_child(parent, next, false, next).is_ok(), lives);
                    born += usize::from(lives);
                    next += 1;
                }
                Step::End(who, status, discard) => {
                    let who = pick(who);
                    let lived = table.get(who).unwrap().is_alive();
                    let ended = table.end(who, status, discard);
                    prop_assert_eq!(ended.is_some(), lived);
                    if let Some(ended) = ended {
                        forgotten += ended.gone.len();
                        for group in ended.hung_up {
                            prop_assert!(table.is_orphaned(group));
                        }
                    }
                }
                Step::Wait(who, which, wanted) => {
                    let who = pick(who);
                    let children = table.get(who).unwrap().children().to_vec();
                    match table.wait(who, which, wanted) {
                        Waited::Change(change) => {
                            prop_assert!(children.contains(&change.number));
                            prop_assert_eq!(change.ended, !table.get(change.number).unwrap().is_alive());
                            if change.ended && !wanted.keep {
                                prop_assert_eq!(table.reap(change.number), Some(change.number));
                                heard += 1;
                            }
                        }
                        Waited::NoChange => prop_assert!(!children.is_empty()),
                        Waited::NoChild => prop_assert!(which != Which::Any || children.is_empty()),
                    }
                }
                Step::Stop(who) => {
                    table.stop(pick(who), 19);
                }
                Step::GoOn(who) => {
                    table.go_on(pick(who));
                }
                Step::Execute(who) => table.executed(pick(who)),
                Step::SetGroup(caller, target, group) => {
                    let _ = table.set_group(pick(caller), pick(target), pick(group));
                }
                Step::NewSession(who) => {
                    let _ = table.new_session(pick(who));
                }
            }
            check(&table);
            prop_assert_eq!(born, table.len() + heard + forgotten, "each process is there, told or forgotten");
        }
    }
}
