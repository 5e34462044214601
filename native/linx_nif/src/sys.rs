//! The entry point of the library, and the only `unsafe` code here.
//!
//! `rustler::init!` makes an entry that cannot be upgraded: once the module has been deleted and
//! loaded again, the VM refuses the library for as long as the old code exists, and gives its
//! resource types away afterwards. Here the types are opened once. The library stays mapped and
//! keeps one resource of each type (`start::start`), so that the types outlive any module that
//! loads it.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};

use rustler::Env;
use rustler::codegen_runtime::{
    ErlNifEntry, ErlNifEnv, ErlNifTerm, ResourceRegistration, c_void, internal_write_symbols,
    inventory,
};

/// Whether the resource types have been opened.
static OPENED: AtomicBool = AtomicBool::new(false);

/// The entry point that the VM looks up in the library.
///
/// It is called once for each loading, and each gets an entry of its own, which is never freed:
/// the VM keeps pointers to it.
#[unsafe(no_mangle)]
extern "C" fn nif_init() -> *const ErlNifEntry {
    // SAFETY: resolves symbols of the VM, into which this library has just been loaded.
    unsafe { internal_write_symbols() };
    let functions = inventory::iter::<rustler::Nif>().map(rustler::Nif::get_def);
    let functions = Box::leak(functions.collect::<Box<[_]>>());
    let mut entry = ErlNifEntry::new(c"Elixir.Linx.Netlink.Native", functions, load);
    entry.upgrade = Some(upgrade);
    Box::leak(Box::new(entry))
}

/// `load` of `ErlNifEntry`: 0 if it succeeds.
unsafe extern "C" fn load(
    env: *mut ErlNifEnv,
    _data: *mut *mut c_void,
    _info: ErlNifTerm,
) -> c_int {
    if OPENED.load(Ordering::Acquire) {
        return 0;
    }
    // SAFETY: the VM passes its environment, which lives until this returns, and nothing else
    // makes an `Env` of it.
    let env = unsafe { Env::new_init_env(&env, env) };
    let opened = ResourceRegistration::register_all_collected(env).is_ok();
    OPENED.store(opened, Ordering::Release);
    c_int::from(!opened)
}

/// `upgrade` of `ErlNifEntry`: the module is loaded again while its old code exists.
unsafe extern "C" fn upgrade(
    _env: *mut ErlNifEnv,
    _data: *mut *mut c_void,
    _old_data: *mut *mut c_void,
    _info: ErlNifTerm,
) -> c_int {
    // The types are those of the first loading. A library of another build would not have them.
    c_int::from(!OPENED.load(Ordering::Acquire))
}
