//! Several sources in one: products, and images with their channels side by side. A source with fewer rows than the
//! output starts again.

/// The product of the sources, unit by unit, from the first to the last.
pub fn multiply(sources: &[usize], values: &[Vec<f32>], output: &mut [f32]) {
    output.fill(1.0);
    for &source in sources {
        output.iter_mut().zip(values[source].iter().cycle()).for_each(|(product, value)| *product *= value);
    }
}

/// Adds the share of source `which`: the gradient times the product of all others.
pub fn multiply_backward(sources: &[usize], which: usize, values: &[Vec<f32>], gradient: &[f32], total: &mut [f32]) {
    let mut product = gradient.to_vec();
    for (_, &source) in sources.iter().enumerate().filter(|(other, _)| *other != which) {
        product.iter_mut().zip(&values[source]).for_each(|(product, value)| *product *= value);
    }
    total.iter_mut().zip(&product).for_each(|(total, product)| *total += product);
}

/// At each place the channels of all sources.
pub fn concat_channels(sources: &[usize], channels: &[usize], values: &[Vec<f32>], output: &mut [f32]) {
    let (all, mut first) = (channels.iter().sum(), 0);
    for (&source, &part) in sources.iter().zip(channels) {
        let places = output.chunks_exact_mut(all).zip(values[source].chunks_exact(part).cycle());
        places.for_each(|(output, values)| output[first..first + part].copy_from_slice(values));
        first += part;
    }
}

/// Adds the channels from `first` on of the gradient to that of a source.
pub fn split_channels(first: usize, part: usize, all: usize, gradient: &[f32], total: &mut [f32]) {
    for (total, gradient) in total.chunks_exact_mut(part).zip(gradient.chunks_exact(all)) {
        total.iter_mut().zip(&gradient[first..]).for_each(|(total, g)| *total += g);
    }
}
