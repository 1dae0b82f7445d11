//! Memory that starts at a line of the cache, so that no vector of a packed panel lies across two.

/// Bytes of a line.
const LINE: usize = 64;

/// Floats whose first is at the start of a line; their values are what the last user left.
#[derive(Debug, Default)]
pub struct Aligned {
    data: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    /// Makes it `length` floats long.
    pub fn resize(&mut self, length: usize) {
        self.length = length;
        self.data.resize(length + LINE / 4, 0.0);
        // The address may be another after a resize; the offset is in floats.
        self.start = self.data.as_ptr().align_offset(LINE).min(LINE / 4);
    }
}

/// A copy lies elsewhere in memory.
impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.resize(self.length);
        copy.copy_from_slice(self);
        copy
    }
}

impl core::ops::Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.start..][..self.length]
    }
}

impl core::ops::DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..][..self.length]
    }
}
