//! The texts that cells of a workbook share.

use crate::Limits;
use identity_core::sheet::{Budget, FileRefusal};

/// All shared texts in one string, so that many short ones cost little more than their letters.
#[derive(Default)]
pub(crate) struct SharedTexts {
    text: String,
    ends: Vec<u32>,
}

impl SharedTexts {
    /// Appends a text.
    pub(crate) fn push(&mut self, text: &str, limits: Limits) -> Result<(), FileRefusal> {
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).ok();
        self.ends
            .push(end.ok_or(limits.too_many(Budget::SharedText))?);
        let held = self.text.len() + self.ends.len() * size_of::<u32>();
        if held as u64 > limits.shared_text_bytes {
            return Err(limits.too_many(Budget::SharedText));
        }
        Ok(())
    }

    pub(crate) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(start..end)
    }
}
