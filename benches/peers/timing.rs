//! How long a call takes.

use std::time::{Duration, Instant};

use shapewright::Result;

/// Calls for so many milliseconds, after a fifth of that to warm up: `MEDIAN P10 MIN nan RUNS`, in microseconds.
pub fn measure(milliseconds: u64, call: &mut dyn FnMut() -> Result<()>) -> Result<String> {
    call()?;
    let start = Instant::now();
    call()?;
    // Short calls are timed several at once.
    let calls = ((50e-6 / start.elapsed().as_secs_f64().max(1e-9)).ceil() as usize).clamp(1, 1000);

    let budget = Duration::from_millis(milliseconds);
    let start = Instant::now();
    while start.elapsed() < budget / 5 {
        call()?;
    }
    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < budget || times.len() < 3 {
        let start = Instant::now();
        for _ in 0..calls {
            call()?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e6 / calls as f64);
    }
    times.sort_by(f64::total_cmp);
    let (runs, at) = (times.len(), |share: usize| times[times.len() / share]);
    Ok(format!("{:.3} {:.3} {:.3} nan {runs}", at(2), at(10), times[0]))
}
