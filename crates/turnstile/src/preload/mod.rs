//! The preload library: stands before three functions of the C library and lets the process take its turns.
//!
//! It allocates nothing, prints nothing, and in a process that nobody prepared it does nothing but pass on. Only the
//! process that was started with it takes part: a fork of it passes on, and what that executes never sees the library.

mod counter;
mod player;
mod sys;
mod table;

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_int, c_void};
use core::mem::transmute;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use self::player::{Clock, Player};
use self::sys::Timespec;
use self::table::Table;
use crate::listener::Announcement;
use crate::mapping::{Mapping, Mode, Progress};
use crate::turn::{Move, Side};

const OUTPUT: c_int = 1;

/// Beginnings of Criterion's messages: a CBOR map of one entry, whose key is the message's name.
const MESSAGES: [(&[u8], Announcement); 2] = [
    // `Warmup` itself would not do: the CodSpeed fork sends it when the warm-up is over.
    (b"\xa1\x72BeginningBenchmark", Announcement::WarmUp),
    (b"\xa1\x70MeasurementStart", Announcement::Measuring),
];

type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;
type Send = unsafe extern "C" fn(c_int, *const c_void, usize, c_int) -> isize;

/// The functions behind ours; null until they were looked up.
static CLOCK: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
static WRITE: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
static SEND: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());

/// The main thread, whose clock reads count; 0 when none does.
static THREAD: AtomicUsize = AtomicUsize::new(0);

/// A byte that is 1 in the process that was started with the library, and 0 in a fork of it; null before it attached.
static OWN: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// Where other threads' clock reads are counted; null while nothing is played.
static FOREIGN: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());

/// Whether the player is in use: a signal handler that comes in between is turned away.
static IS_BUSY: AtomicBool = AtomicBool::new(false);

/// The player, of which [`THREAD`] alone has the use.
static PLAYER: Seat<Player> = Seat(UnsafeCell::new(None));

/// The place at the word, which is written once, before the program begins.
static TABLE: Seat<Table> = Seat(UnsafeCell::new(None));

struct Seat<T>(UnsafeCell<Option<T>>);

// SAFETY: both are written by the constructor, before there is a second thread. After that the table is only read, and
// the player is touched by the thread in THREAD alone, which IS_BUSY keeps from doing so twice at a time.
unsafe impl<T> Sync for Seat<T> {}

/// What the loader calls before the program starts, and what it calls when the program ends by `exit`.
#[used]
#[unsafe(link_section = ".init_array")]
static ATTACH: extern "C" fn() = attach;
#[used]
#[unsafe(link_section = ".fini_array")]
static DETACH: extern "C" fn() = detach;

extern "C" fn attach() {
    look_up();
    let joined = join();
    // Not for what the program starts: it would take turns that are not its own.
    for variable in [c"LD_PRELOAD", MAPPING_VARIABLE, SIDE_VARIABLE] {
        sys::forget_variable(variable);
    }
    let Some((table, clock)) = joined else { return };
    // SAFETY: the constructor runs on the only thread there is, and nothing is in use yet.
    unsafe {
        *TABLE.0.get() = Some(table);
        *PLAYER.0.get() = Some(Player::new(table, clock));
    }
    THREAD.store(sys::thread_id(), Ordering::SeqCst);
    let corner = table.corner();
    corner.pid.store(sys::process_id().cast_unsigned(), Ordering::SeqCst);
    corner.advance(Progress::Attached);
}

const MAPPING_VARIABLE: &CStr = c"BENCH_LAB_TURNSTILE";
const SIDE_VARIABLE: &CStr = c"BENCH_LAB_TURNSTILE_SIDE";

/// Maps the shared memory and takes the side's place; `None` when nobody prepared one for this process.
fn join() -> Option<(Table, Clock)> {
    let path = sys::variable(MAPPING_VARIABLE)?;
    let side = sys::variable(SIDE_VARIABLE)?;
    // SAFETY: a variable's value ends in NUL.
    let side = match unsafe { CStr::from_ptr(side) }.to_bytes() {
        b"0" => Side::Baseline,
        b"1" => Side::Candidate,
        _ => return None,
    };
    // SAFETY: as above.
    let (start, bytes) = unsafe { sys::map_file(path) }?;
    if bytes < size_of::<Mapping>() {
        return None;
    }
    // SAFETY: the mapping is page-aligned, at least as long as the type, never unmapped, and every field is an atomic
    // number, for which any bytes are valid.
    let mapping: &'static Mapping = unsafe { &*start.cast::<Mapping>() };
    if !mapping.is_understood() {
        return None;
    }
    let clock = clock()?;
    let own = sys::page_wiped_on_fork()?.cast::<u8>();
    // SAFETY: the page is ours and writable.
    unsafe { own.write(1) };
    OWN.store(own, Ordering::SeqCst);
    Some((Table { mapping, side, bytes }, clock))
}

extern "C" fn detach() {
    // SAFETY: written once, before the program began.
    let table = unsafe { *TABLE.0.get() };
    if let Some(table) = table
        && is_own()
        && table.mapping.mode() == Mode::Duel
    {
        table.go(Move::Leave);
    }
}

fn look_up() {
    CLOCK.store(sys::next_symbol(c"clock_gettime"), Ordering::Relaxed);
    WRITE.store(sys::next_symbol(c"write"), Ordering::Relaxed);
    SEND.store(sys::next_symbol(c"send"), Ordering::Relaxed);
}

fn clock() -> Option<Clock> {
    let clock = CLOCK.load(Ordering::Relaxed);
    // SAFETY: the symbol is the C library's function of this very type.
    (!clock.is_null()).then(|| unsafe { transmute::<*mut c_void, Clock>(clock) })
}

/// Whether this is the process that was started with the library.
fn is_own() -> bool {
    let own = OWN.load(Ordering::Relaxed);
    // SAFETY: the page is never unmapped; only a fork changes it.
    !own.is_null() && unsafe { own.read_volatile() } == 1
}

/// Lets the player act; nothing happens on another thread, in a fork, or within the player itself.
fn with_player<T>(act: impl FnOnce(&mut Player) -> T) -> Option<T> {
    if THREAD.load(Ordering::Relaxed) != sys::thread_id() || !is_own() {
        return None;
    }
    if IS_BUSY.swap(true, Ordering::Acquire) {
        return None;
    }
    // SAFETY: this is the one thread that has the use of it, and it is not in use.
    let result = unsafe { (*PLAYER.0.get()).as_mut() }.map(|player| {
        let result = act(player);
        let corner = core::ptr::from_ref(&player.corner().foreign_reads).cast_mut();
        FOREIGN.store(if player.is_playing() { corner } else { core::ptr::null_mut() }, Ordering::Relaxed);
        result
    });
    IS_BUSY.store(false, Ordering::Release);
    result
}

/// Stands before the C library's `clock_gettime`.
///
/// # Safety
/// As that one: `time` must be writable or null.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn clock_gettime(clock_id: c_int, time: *mut Timespec) -> c_int {
    let Some(real) = clock() else {
        // Another library's constructor runs before ours.
        // SAFETY: the caller vouches for the place.
        return unsafe { sys::clock_by_syscall(clock_id, time) };
    };
    if clock_id == sys::CLOCK_MONOTONIC && !time.is_null() {
        // SAFETY: the caller vouches for the place.
        if let Some(result) = with_player(|player| unsafe { player.read(time) }) {
            return result;
        }
        count_foreign();
    }
    // SAFETY: the caller vouches for the place.
    unsafe { real(clock_id, time) }
}

/// Counts a clock read of another thread while slices are played.
fn count_foreign() {
    let count = FOREIGN.load(Ordering::Relaxed);
    if count.is_null() || THREAD.load(Ordering::Relaxed) == sys::thread_id() || !is_own() {
        return;
    }
    // SAFETY: it points into the shared mapping, which is never unmapped.
    unsafe { &*count }.fetch_add(1, Ordering::Relaxed);
}

/// Stands before the C library's `write`, for what a harness prints before it measures.
///
/// # Safety
/// As that one: `bytes` must be readable for `count`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, count: usize) -> isize {
    let real = WRITE.load(Ordering::Relaxed);
    if real.is_null() {
        look_up();
    }
    // SAFETY: the symbol is the C library's function of this very type; the C library defines it always.
    let real = unsafe { transmute::<*mut c_void, Write>(WRITE.load(Ordering::Relaxed)) };
    // SAFETY: the caller vouches for the bytes.
    let written = unsafe { real(descriptor, bytes, count) };
    if descriptor == OUTPUT {
        tell(Announcement::Output);
    }
    written
}

/// Stands before the C library's `send`, for what Criterion tells its runner.
///
/// # Safety
/// As that one: `bytes` must be readable for `count`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn send(
    descriptor: c_int,
    bytes: *const c_void,
    count: usize,
    flags: c_int,
) -> isize {
    let real = SEND.load(Ordering::Relaxed);
    if real.is_null() {
        look_up();
    }
    // SAFETY: the symbol is the C library's function of this very type; the C library defines it always.
    let real = unsafe { transmute::<*mut c_void, Send>(SEND.load(Ordering::Relaxed)) };
    // SAFETY: the caller vouches for the bytes.
    let announcement = unsafe { announcement(bytes, count) };
    // SAFETY: the caller vouches for the bytes.
    let sent = unsafe { real(descriptor, bytes, count, flags) };
    if let Some(announcement) = announcement {
        tell(announcement);
    }
    sent
}

/// Tells the player what the program announced.
fn tell(announcement: Announcement) {
    with_player(|player| player.hear(announcement));
}

/// What a message announces.
///
/// # Safety
/// `bytes` must be readable for `count`.
unsafe fn announcement(bytes: *const c_void, count: usize) -> Option<Announcement> {
    let is_it = |name: &[u8]| {
        // SAFETY: no more is read than the caller vouches for.
        count >= name.len()
            && (0..name.len()).all(|at| unsafe { bytes.cast::<u8>().add(at).read() } == name[at])
    };
    MESSAGES.iter().find(|(name, _)| is_it(name)).map(|(_, announcement)| *announcement)
}

/// Nothing here can panic that a test has not seen; were it to happen, the process must not go on half measured.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    sys::leave(70)
}
