//! The library stays mapped once it is loaded: a thread of its own runs in it (see `wake.rs`), and
//! the VM goes on using its resource types after the module was reloaded (see `sys.rs`).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
