//! `tsearch`, `tfind`, `tdelete`, `twalk`: a balanced binary tree (AVL).
//!
//! A node begins with its key, so that `*(T **)node` is it. No path is longer than 1.44 log2 of the number of
//! nodes, which also bounds every walk's depth.

use crate::heap::{free, malloc};
use crate::stdlib::sort::Compare;
use crate::types::*;
use core::ptr;

#[repr(C)]
struct Node {
    key: *const c_void,
    /// Left, right.
    children: [*mut Node; 2],
    height: c_int,
}

/// The longest path in a tree of as many nodes as memory could hold.
const DEEPEST: usize = 96;

/// What a walk's function is told. POSIX.1-2024 `VISIT`.
type Visit = c_int;
const PREORDER: Visit = 0;
const POSTORDER: Visit = 1;
const ENDORDER: Visit = 2;
const LEAF: Visit = 3;

type Action = unsafe extern "C-unwind" fn(*const c_void, Visit, c_int);
type ActionWith = unsafe extern "C-unwind" fn(*const c_void, Visit, *mut c_void);
type FreeKey = unsafe extern "C-unwind" fn(*mut c_void);

unsafe fn height(node: *const Node) -> c_int {
    // SAFETY: node is null or live.
    unsafe { node.as_ref() }.map_or(0, |node| node.height)
}

unsafe fn measure(node: *mut Node) {
    // SAFETY: node is live.
    unsafe { (*node).height = 1 + height((*node).children[0]).max(height((*node).children[1])) };
}

/// Turns the subtree at `place` so that its child on `side` comes up.
unsafe fn rotate(place: *mut *mut Node, side: usize) {
    // SAFETY: the node and its child on that side are live.
    unsafe {
        let node = *place;
        let child = (*node).children[side];
        (*node).children[side] = (*child).children[1 - side];
        (*child).children[1 - side] = node;
        measure(node);
        measure(child);
        *place = child;
    }
}

/// Restores the balance at `place` after one of its subtrees changed by one.
unsafe fn balance(place: *mut *mut Node) {
    // SAFETY: *place is live.
    unsafe {
        let node = *place;
        let (left, right) = (height((*node).children[0]), height((*node).children[1]));
        if (left - right).abs() <= 1 {
            measure(node);
            return;
        }
        let side = usize::from(right > left);
        let child = (*node).children[side];
        if height((*child).children[1 - side]) > height((*child).children[side]) {
            rotate(&raw mut (*node).children[side], 1 - side);
        }
        rotate(place, side);
    }
}

/// The places of links from the root down to a node.
struct Path {
    places: [*mut *mut Node; DEEPEST],
    length: usize,
}

impl Path {
    /// Follows `key` from the root; the last place holds the node, or null where it would be.
    unsafe fn to(key: *const c_void, root: *mut *mut Node, compare: Compare) -> Path {
        let mut path = Path {
            places: [ptr::null_mut(); DEEPEST],
            length: 1,
        };
        path.places[0] = root;
        // SAFETY: the tree's links are live or null; the comparison takes two keys.
        unsafe {
            loop {
                let node = *path.last();
                if node.is_null() {
                    return path;
                }
                let order = compare(key, (*node).key);
                if order == 0 {
                    return path;
                }
                path.push(&raw mut (*node).children[usize::from(order > 0)]);
            }
        }
    }

    fn last(&self) -> *mut *mut Node {
        self.places[self.length - 1]
    }

    fn push(&mut self, place: *mut *mut Node) {
        self.places[self.length] = place;
        self.length += 1;
    }

    /// Restores the balance of everything above the last place.
    unsafe fn balance(&self) {
        for &place in self.places[..self.length - 1].iter().rev() {
            // SAFETY: every place but the last holds a live node.
            unsafe { balance(place) };
        }
    }
}

unsafe fn walk(node: *const Node, depth: c_int, act: &mut impl FnMut(*const Node, Visit, c_int)) {
    // SAFETY: node is live; the depth is bounded by the balance.
    unsafe {
        let [left, right] = (*node).children;
        if left.is_null() && right.is_null() {
            return act(node, LEAF, depth);
        }
        act(node, PREORDER, depth);
        if !left.is_null() {
            walk(left, depth + 1, act);
        }
        act(node, POSTORDER, depth);
        if !right.is_null() {
            walk(right, depth + 1, act);
        }
        act(node, ENDORDER, depth);
    }
}

export! {
    /// The node of a key that equals `key`, entered when there is none; null without memory.
    /// POSIX.1-2024 `tsearch`.
    pub unsafe extern "C-unwind" fn tsearch(
        key: *const c_void,
        root: *mut *mut c_void,
        compare: Compare,
    ) -> *mut c_void {
        if root.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: *root is null or a tree that these functions made.
        unsafe {
            let path = Path::to(key, root.cast(), compare);
            let place = path.last();
            if !(*place).is_null() {
                return (*place).cast();
            }
            let node: *mut Node = malloc(size_of::<Node>()).cast();
            if node.is_null() {
                return ptr::null_mut();
            }
            node.write(Node { key, children: [ptr::null_mut(); 2], height: 1 });
            *place = node;
            path.balance();
            node.cast()
        }
    }

    /// The node of a key that equals `key`, or null. POSIX.1-2024 `tfind`.
    pub unsafe extern "C-unwind" fn tfind(
        key: *const c_void,
        root: *const *mut c_void,
        compare: Compare,
    ) -> *mut c_void {
        if root.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: *root is null or a tree that these functions made.
        unsafe { (*Path::to(key, root.cast_mut().cast(), compare).last()).cast() }
    }

    /// Removes a key's node. Its parent before the removal (for the root, a pointer that is not null), or null
    /// when there is no such key. POSIX.1-2024 `tdelete`.
    pub unsafe extern "C-unwind" fn tdelete(
        key: *const c_void,
        root: *mut *mut c_void,
        compare: Compare,
    ) -> *mut c_void {
        if root.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: *root is null or a tree that these functions made.
        unsafe {
            let mut path = Path::to(key, root.cast(), compare);
            let place = path.last();
            let node = *place;
            if node.is_null() {
                return ptr::null_mut();
            }
            let parent: *mut c_void = match path.length {
                1 => root.cast(),
                n => (*path.places[n - 2]).cast(),
            };
            let [left, right] = (*node).children;
            if left.is_null() || right.is_null() {
                *place = if left.is_null() { right } else { left };
            } else {
                // The next larger node takes the place: its own place is on the left edge of the right subtree.
                let index = path.length;
                path.push(&raw mut (*node).children[1]);
                while !(**path.last()).children[0].is_null() {
                    let below = &raw mut (**path.last()).children[0];
                    path.push(below);
                }
                let next = *path.last();
                *path.last() = (*next).children[1];
                (*next).children = (*node).children;
                (*next).height = (*node).height;
                *place = next;
                path.places[index] = &raw mut (*next).children[1];
            }
            path.balance();
            free(node.cast());
            parent
        }
    }

    /// Walks the tree, calling `action` with each node, the kind of visit and the depth. POSIX.1-2024 `twalk`.
    pub unsafe extern "C-unwind" fn twalk(root: *const c_void, action: Option<Action>) {
        if let Some(action) = action.filter(|_| !root.is_null()) {
            // SAFETY: root is a tree that these functions made.
            unsafe { walk(root.cast(), 0, &mut |node, visit, depth| action(node.cast(), visit, depth)) };
        }
    }

    /// `twalk` with an argument in place of the depth. glibc `twalk_r`.
    pub unsafe extern "C-unwind" fn twalk_r(
        root: *const c_void,
        action: Option<ActionWith>,
        argument: *mut c_void,
    ) {
        if let Some(action) = action.filter(|_| !root.is_null()) {
            // SAFETY: root is a tree that these functions made.
            unsafe { walk(root.cast(), 0, &mut |node, visit, _| action(node.cast(), visit, argument)) };
        }
    }

    /// Frees the tree, and each key by `free_key`. glibc `tdestroy`.
    pub unsafe extern "C-unwind" fn tdestroy(root: *mut c_void, free_key: FreeKey) {
        let node: *mut Node = root.cast();
        if node.is_null() {
            return;
        }
        // SAFETY: root is a tree that these functions made; the depth is bounded by the balance.
        unsafe {
            let [left, right] = (*node).children;
            tdestroy(left.cast(), free_key);
            tdestroy(right.cast(), free_key);
            free_key((*node).key.cast_mut());
            free(node.cast());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    unsafe extern "C-unwind" fn by_address(a: *const c_void, b: *const c_void) -> c_int {
        a.addr().cmp(&b.addr()) as c_int
    }

    unsafe fn check(node: *const Node) -> c_int {
        if node.is_null() {
            return 0;
        }
        // SAFETY: the tree is live.
        unsafe {
            let (left, right) = (check((*node).children[0]), check((*node).children[1]));
            assert!((left - right).abs() <= 1);
            assert_eq!((*node).height, 1 + left.max(right));
            (*node).height
        }
    }

    thread_local! {
        static SEEN: std::cell::RefCell<Vec<usize>> = const { std::cell::RefCell::new(Vec::new()) };
    }

    unsafe extern "C-unwind" fn record(node: *const c_void, visit: Visit, _: c_int) {
        if visit == POSTORDER || visit == LEAF {
            // SAFETY: a node begins with its key.
            SEEN.with(|seen| seen.borrow_mut().push(unsafe { *node.cast::<usize>() }));
        }
    }

    unsafe extern "C-unwind" fn nothing(_: *mut c_void) {}

    proptest! {
        #[test]
        fn tree_is_a_balanced_set(steps in prop::collection::vec((any::<bool>(), 1usize..60), 0..300)) {
            let mut root = ptr::null_mut();
            let mut model = BTreeSet::new();
            for (insert, key) in steps {
                let pointer = ptr::without_provenance(key);
                // SAFETY: the tree is this test's own.
                unsafe {
                    prop_assert_eq!(!tfind(pointer, &root, by_address).is_null(), model.contains(&key));
                    if insert {
                        let node = tsearch(pointer, &mut root, by_address);
                        prop_assert_eq!(*node.cast::<usize>(), key);
                        model.insert(key);
                    } else {
                        prop_assert_eq!(!tdelete(pointer, &mut root, by_address).is_null(), model.remove(&key));
                    }
                    check(root.cast());
                }
            }
            SEEN.with(|seen| seen.borrow_mut().clear());
            // SAFETY: as above.
            unsafe { twalk(root, Some(record)) };
            let seen = SEEN.with(|seen| seen.borrow().clone());
            prop_assert_eq!(seen, model.into_iter().collect::<Vec<_>>());
            // SAFETY: the tree is used no more.
            unsafe { tdestroy(root, nothing) };
        }
    }
}
