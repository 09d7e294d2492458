//! Which accounts of events are one, what they are called, and whose the customers are whose events name none.

use crate::Names;
use crate::columns::NONE;

/// How accounts are told; made by whoever knows of companies, and never stored.
#[derive(Clone, Debug, Default)]
pub struct Companies {
    names: Names,
    /// By account as it is stored: the number of its name here.
    of_account: Vec<u32>,
    /// By case whose events name no account: the number of its name here.
    of_case: Vec<u32>,
}

impl Companies {
    /// The number of a name.
    pub fn name(&mut self, name: &str) -> u32 {
        self.names.intern(name)
    }

    /// Tells a stored account under the name of this number.
    pub fn tell(&mut self, account: u32, name: u32) {
        put(&mut self.of_account, account, name);
    }

    /// Tells a customer whose events name no account as one of the account under the name of this number.
    pub fn belongs(&mut self, case: u32, name: u32) {
        put(&mut self.of_case, case, name);
    }

    /// Names of accounts by number.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Whether both tell the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.of_account == other.of_account
            && self.of_case == other.of_case
            && self.names.iter().eq(other.names.iter())
    }

    pub(crate) fn of_account(&self, account: u32) -> Option<u32> {
        self.of_account.get(account as usize).copied().filter(|number| *number != NONE)
    }

    pub(crate) fn of_case(&self, case: u32) -> u32 {
        self.of_case.get(case as usize).copied().unwrap_or(NONE)
    }
}

fn put(all: &mut Vec<u32>, place: u32, number: u32) {
    if all.len() <= place as usize {
        all.resize(place as usize + 1, NONE);
    }
    all[place as usize] = number;
}
