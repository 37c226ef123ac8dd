//! What the library uses of the C library and the kernel, by hand: it is compiled without any other crate.
//!
//! Every layout and number here holds for 64-bit Linux on x86-64 and AArch64; elsewhere it does not compile, and the
//! one who compiles it does without.

use core::ffi::{c_char, c_int, c_long, c_void};

/// `struct timespec` of the 64-bit ABIs.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Timespec {
    pub(super) seconds: i64,
    pub(super) nanos: i64,
}

impl Timespec {
    pub(super) const fn from_ns(ns: u64) -> Self {
        Self { seconds: (ns / 1_000_000_000).cast_signed(), nanos: (ns % 1_000_000_000).cast_signed() }
    }

    pub(super) const fn to_ns(self) -> u64 {
        self.seconds.cast_unsigned().wrapping_mul(1_000_000_000).wrapping_add(self.nanos.cast_unsigned())
    }
}

/// `struct rusage`: two times of two words each, then fourteen counts.
#[repr(C)]
pub(super) struct Usage {
    times: [i64; 4],
    counts: [i64; 14],
}

/// Place of `ru_nvcsw` among the counts.
const VOLUNTARY_SWITCHES: usize = 12;

pub(super) const CLOCK_MONOTONIC: c_int = 1;
pub(super) const CLOCK_PROCESS_CPUTIME_ID: c_int = 2;

const FUTEX_WAIT: c_int = 0;
const FUTEX_WAKE: c_int = 1;
const RUSAGE_SELF: c_int = 0;
const MADV_WIPEONFORK: c_int = 18;
const MAP_FAILED: *mut c_void = usize::MAX as *mut c_void;
const NO_SUCH_PROCESS: c_int = 3;
/// `RTLD_NEXT`: the definition that would be used if this library were not there.
const NEXT: *mut c_void = usize::MAX as *mut c_void;

#[cfg(target_arch = "x86_64")]
mod number {
    pub(super) const CLOCK_GETTIME: core::ffi::c_long = 228;
    pub(super) const FUTEX: core::ffi::c_long = 202;
    pub(super) const PERF_EVENT_OPEN: core::ffi::c_long = 298;
}

#[cfg(target_arch = "aarch64")]
mod number {
    pub(super) const CLOCK_GETTIME: core::ffi::c_long = 113;
    pub(super) const FUTEX: core::ffi::c_long = 98;
    pub(super) const PERF_EVENT_OPEN: core::ffi::c_long = 241;
}

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn getenv(name: *const c_char) -> *const c_char;
    fn unsetenv(name: *const c_char) -> c_int;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn close(descriptor: c_int) -> c_int;
    fn read(descriptor: c_int, buffer: *mut c_void, count: usize) -> isize;
    fn mmap(
        at: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn madvise(at: *mut c_void, length: usize, advice: c_int) -> c_int;
    fn lseek(descriptor: c_int, offset: i64, whence: c_int) -> i64;
    fn getpid() -> c_int;
    fn kill(pid: c_int, signal: c_int) -> c_int;
    fn getrusage(who: c_int, usage: *mut Usage) -> c_int;
    fn pthread_self() -> usize;
    fn _exit(code: c_int) -> !;
    fn __errno_location() -> *mut c_int;
}

/// The definition of a symbol behind this library's own.
pub(super) fn next_symbol(name: &core::ffi::CStr) -> *mut c_void {
    // SAFETY: the name ends in NUL; dlsym takes any name and gives null for one that is unknown.
    unsafe { dlsym(NEXT, name.as_ptr()) }
}

/// Reads a clock by system call, for the time before the real function is known.
///
/// # Safety
/// `time` must be writable.
pub(super) unsafe fn clock_by_syscall(clock: c_int, time: *mut Timespec) -> c_int {
    // SAFETY: the caller vouches for the place.
    unsafe { syscall(number::CLOCK_GETTIME, c_long::from(clock), time) as c_int }
}

/// The value of a variable, valid until the environment is changed.
pub(super) fn variable(name: &core::ffi::CStr) -> Option<*const c_char> {
    // SAFETY: the name ends in NUL, and this runs before the program has a second thread.
    let value = unsafe { getenv(name.as_ptr()) };
    (!value.is_null()).then_some(value)
}

/// Takes a variable out of the environment.
pub(super) fn forget_variable(name: &core::ffi::CStr) {
    // SAFETY: the name ends in NUL, and this runs before the program has a second thread.
    unsafe { unsetenv(name.as_ptr()) };
}

/// Maps a whole file for all to see, filled in beforehand so that no slice meets a page fault: its start and length.
///
/// # Safety
/// `path` must end in NUL.
pub(super) unsafe fn map_file(path: *const c_char) -> Option<(*mut c_void, usize)> {
    const READ_WRITE_CLOEXEC: c_int = 2 | 0o2_000_000;
    const SEEK_END: c_int = 2;
    const SHARED_POPULATED: c_int = 0x1 | 0x8000;
    // SAFETY: the caller vouches for the path.
    let descriptor = unsafe { open(path, READ_WRITE_CLOEXEC) };
    if descriptor < 0 {
        return None;
    }
    // SAFETY: the descriptor is ours and open; the mapping is placed by the kernel.
    let (start, length) = unsafe {
        let length = usize::try_from(lseek(descriptor, 0, SEEK_END)).unwrap_or(0);
        let start = mmap(core::ptr::null_mut(), length, 3, SHARED_POPULATED, descriptor, 0);
        close(descriptor);
        (start, length)
    };
    (start != MAP_FAILED).then_some((start, length))
}

/// A page of memory that is all zero in every process forked from this one.
pub(super) fn page_wiped_on_fork() -> Option<*mut c_void> {
    const PAGE: usize = 4096;
    const PRIVATE_ANONYMOUS: c_int = 0x2 | 0x20;
    // SAFETY: a fresh mapping placed by the kernel; the advice touches nothing but it.
    unsafe {
        let page = mmap(core::ptr::null_mut(), PAGE, 3, PRIVATE_ANONYMOUS, -1, 0);
        (page != MAP_FAILED && madvise(page, PAGE, MADV_WIPEONFORK) == 0).then_some(page)
    }
}

/// Sleeps as long as the word has a value, at most `limit`, or until woken.
pub(super) fn sleep_on(word: &core::sync::atomic::AtomicU32, value: u32, limit: Timespec) {
    // SAFETY: the word lives in a mapping that is never unmapped. Not private: the other process maps it elsewhere.
    unsafe { syscall(number::FUTEX, word.as_ptr(), FUTEX_WAIT, value, &raw const limit, 0_usize, 0_usize) };
}

/// Wakes who sleeps on the word.
pub(super) fn wake(word: &core::sync::atomic::AtomicU32) {
    // SAFETY: as above.
    unsafe { syscall(number::FUTEX, word.as_ptr(), FUTEX_WAKE, 1, 0_usize, 0_usize, 0_usize) };
}

/// Whether there is no process of that id any more.
pub(super) fn is_gone(pid: u32) -> bool {
    let Ok(pid) = c_int::try_from(pid) else { return false };
    // SAFETY: signal 0 is no signal; it asks only whether one could be sent.
    pid > 0 && unsafe { kill(pid, 0) } != 0 && errno() == NO_SUCH_PROCESS
}

/// This process.
pub(super) fn process_id() -> c_int {
    // SAFETY: it takes and touches nothing.
    unsafe { getpid() }
}

/// This thread, as a number that no other living thread of the process has.
pub(super) fn thread_id() -> usize {
    // SAFETY: it takes and touches nothing.
    unsafe { pthread_self() }
}

/// Voluntary context switches of the process so far.
pub(super) fn voluntary_switches() -> u64 {
    let mut usage = Usage { times: [0; 4], counts: [0; 14] };
    // SAFETY: the place has the kernel's layout.
    unsafe { getrusage(RUSAGE_SELF, &raw mut usage) };
    let _ = usage.times;
    usage.counts[VOLUNTARY_SWITCHES].cast_unsigned()
}

/// Ends the process at once.
pub(super) fn leave(code: c_int) -> ! {
    // SAFETY: it takes a number and does not come back.
    unsafe { _exit(code) }
}

/// The thread's error number.
pub(super) fn errno() -> c_int {
    // SAFETY: the C library gives a valid place of this thread.
    unsafe { *__errno_location() }
}

/// Sets the thread's error number.
pub(super) fn set_errno(value: c_int) {
    // SAFETY: as above.
    unsafe { *__errno_location() = value };
}

/// Opens a counter of the calling thread.
///
/// # Safety
/// `attributes` must be a `perf_event_attr` of the size that it states.
pub(super) unsafe fn open_counter(attributes: *const c_void, group: c_int) -> c_int {
    const CLOEXEC: c_long = 8;
    // SAFETY: the caller vouches for the attributes.
    unsafe { syscall(number::PERF_EVENT_OPEN, attributes, 0_i32, -1_i32, group, CLOEXEC) as c_int }
}

/// Reads up to `words.len()` words from a descriptor; how many came.
pub(super) fn read_words(descriptor: c_int, words: &mut [u64]) -> usize {
    // SAFETY: the slice is writable for the length given.
    let bytes = unsafe { read(descriptor, words.as_mut_ptr().cast(), size_of_val(words)) };
    usize::try_from(bytes).unwrap_or(0) / size_of::<u64>()
}

/// Closes a descriptor of ours.
pub(super) fn close_descriptor(descriptor: c_int) {
    // SAFETY: whoever calls opened it and uses it no more.
    unsafe { close(descriptor) };
}
