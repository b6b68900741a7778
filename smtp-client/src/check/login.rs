//! One login for several ports.

use std::sync::{Arc, Mutex, PoisonError};

use crate::logins::{Fetch, FetchSoon, Logins};
use crate::tokio::on_another_thread;

/// What each port takes its own of.
pub(super) type Shared = Logins<Arc<Mutex<Fetch>>>;

pub(super) fn share(logins: Logins<Fetch>) -> Shared {
    logins.map(|fetch| Arc::new(Mutex::new(fetch)))
}

/// The same once more. A closure is asked by one port after the other.
pub(super) fn again(logins: &Shared) -> Logins<FetchSoon> {
    match logins {
        Logins::None => Logins::None,
        Logins::Given(credentials) => Logins::Given(credentials.again()),
        Logins::Fetched(fetch) => {
            let fetch = Arc::clone(fetch);
            let in_turn = move || fetch.lock().unwrap_or_else(PoisonError::into_inner)();
            Logins::Fetched(on_another_thread(Box::new(in_turn)))
        }
    }
}
