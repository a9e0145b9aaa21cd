//! The greatest memory that compiling a network takes, beside the memory of its weights: VGG-16, on Linux.
//!
//! `cargo bench --bench plan_memory --features zoo`

use shapewright::prelude::*;
use shapewright::zoo::VGG16;

network! { struct Net: Input<3, 224, 224> { VGG16<1000> } }

/// A line of the process's status, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn main() -> Result<()> {
    let network = Net::build(&Cpu::default())?;
    let weights = 4 * Net::PARAMS as u64;
    let before = status("VmRSS");
    // The greatest memory so far is forgotten, that of building the network among it.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let plan = network.compile::<1>()?;
    let (most, after) = (status("VmHWM"), status("VmRSS"));
    let share = |bytes: u64| bytes as f64 / weights as f64;
    println!(
        "weights {:.0} MB; the plan takes {:.2} times as much at its peak, {:.2} times afterwards",
        weights as f64 / 1e6,
        share(most - before),
        share(after - before)
    );
    println!(
        "the process with the network: {:.2} times at its peak; a session's arena: {:.0} MB",
        share(most),
        plan.memory() as f64 / 1e6
    );
    Ok(())
}
