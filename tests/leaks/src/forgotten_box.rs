//! A box that is handed out as a raw pointer and never taken back, and one that
//! is.

struct Account {
    balance: u64,
    _history: [u64; 15],
}

#[inline(never)]
fn open_account(balance: u64) -> *mut Account {
    Box::into_raw(Box::new(Account {
        balance,
        _history: [0; 15],
    }))
}

#[no_mangle]
pub extern "C" fn open(balance: u32) -> *mut u8 {
    open_account(balance.into()).cast()
}

/// # Safety
///
/// `account` comes from `open` and was not closed yet.
#[no_mangle]
pub unsafe extern "C" fn close(account: *mut u8) -> u32 {
    Box::from_raw(account.cast::<Account>()).balance as u32
}
