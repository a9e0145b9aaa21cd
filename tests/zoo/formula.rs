//! The formula for parameters, statistics and images: the same as in `tests/golden/zoo.py`.

/// Where a tensor's numbers begin: the hash FNV-1a of its name.
fn fnv(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Numbers from −1 to 1, of 24 bits, that look random.
pub fn uniform(name: &str, length: usize) -> impl Iterator<Item = f64> {
    let mut state = fnv(name);
    (0..length).map(move |_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// What the tensor of that name holds: numbers that f32 holds.
pub fn numbers(name: &str, sizes: &[usize]) -> Vec<f64> {
    let (summand, factor) = match sizes {
        // So that numbers keep their size on their way through many layers.
        [_, fan_in @ ..] if !fan_in.is_empty() => (0.0, (6.0 / fan_in.iter().product::<usize>() as f64).sqrt()),
        _ if name.ends_with("running_var") => (1.0, 0.5),
        _ if name.ends_with("weight") => (1.0, 0.25),
        _ => (0.0, 0.125),
    };
    uniform(name, sizes.iter().product()).map(|number| f64::from((summand + factor * number) as f32)).collect()
}
