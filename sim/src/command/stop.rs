//! Ctrl-C as a flag that work looks at.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// True once the process was asked to end.
pub(super) fn on_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
