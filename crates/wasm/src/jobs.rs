//! Which long pieces of work go on, and which of them the page no longer wants.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

/// The long work of one worker; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs(Rc<RefCell<BTreeMap<u32, Rc<Cell<bool>>>>>);

/// One piece of long work, listed from its start until it is dropped.
#[derive(Debug)]
pub(crate) struct Job {
    /// Number of the request.
    pub(crate) id: u32,
    stopped: Rc<Cell<bool>>,
    jobs: Jobs,
}

impl Jobs {
    /// Lists a piece of work; `None` while another with the same number goes on.
    pub(crate) fn start(&self, id: u32) -> Option<Job> {
        let mut listed = self.0.borrow_mut();
        if listed.contains_key(&id) {
            return None;
        }
        let stopped = Rc::new(Cell::new(false));
        listed.insert(id, Rc::clone(&stopped));
        Some(Job { id, stopped, jobs: self.clone() })
    }

    /// Asks a piece of work to stop; work that is over has nothing to stop.
    pub(crate) fn stop(&self, id: u32) {
        if let Some(stopped) = self.0.borrow().get(&id) {
            stopped.set(true);
        }
    }
}

impl Job {
    /// The page asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.jobs.0.borrow_mut().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_only_the_named_work_and_frees_its_number() {
        let jobs = Jobs::default();
        let (Some(first), Some(second)) = (jobs.start(1), jobs.start(2)) else {
            panic!("both numbers are free")
        };
        assert!(jobs.start(1).is_none(), "a number in use is refused");
        jobs.stop(1);
        jobs.stop(7);
        assert!(first.is_stopped(), "the named work is stopped");
        assert!(!second.is_stopped(), "other work goes on");
        drop(first);
        let again = jobs.start(1);
        assert!(again.is_some_and(|job| !job.is_stopped()), "a freed number starts afresh");
    }
}
