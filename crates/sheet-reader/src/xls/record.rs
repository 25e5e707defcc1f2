//! The records of a workbook: an id, a length, and so many bytes.

use crate::{
    allowance::Allowance,
    compound::{Stream, u16_at},
};
use identity_core::sheet::FileRefusal;
use std::sync::Arc;

/// The ids of the records that are read (MS-XLS 2.3.2).
pub(super) mod id {
    pub(crate) const FORMULA: u16 = 0x0006;
    pub(crate) const EOF: u16 = 0x000a;
    pub(crate) const DATE1904: u16 = 0x0022;
    pub(crate) const FILEPASS: u16 = 0x002f;
    pub(crate) const CONTINUE: u16 = 0x003c;
    pub(crate) const CODEPAGE: u16 = 0x0042;
    pub(crate) const BOUNDSHEET: u16 = 0x0085;
    pub(crate) const MULRK: u16 = 0x00bd;
    pub(crate) const RSTRING: u16 = 0x00d6;
    pub(crate) const XF: u16 = 0x00e0;
    pub(crate) const SST: u16 = 0x00fc;
    pub(crate) const LABELSST: u16 = 0x00fd;
    pub(crate) const NUMBER: u16 = 0x0203;
    pub(crate) const LABEL: u16 = 0x0204;
    pub(crate) const BOOLERR: u16 = 0x0205;
    pub(crate) const STRING: u16 = 0x0207;
    pub(crate) const RK: u16 = 0x027e;
    pub(crate) const FORMAT: u16 = 0x041e;
    pub(crate) const BOF: u16 = 0x0809;
}

/// Reads one record after the other.
pub(super) struct Records {
    stream: Stream,
    left: Arc<Allowance>,
    data: Vec<u8>,
    /// The id and the length of the next record, where they were looked at.
    next: Option<(u16, u16)>,
}

impl Records {
    pub(super) fn new(stream: Stream, left: Arc<Allowance>) -> Self {
        Self {
            stream,
            left,
            data: Vec::new(),
            next: None,
        }
    }

    /// The bytes of the last record.
    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    /// What texts expand to is charged for here.
    pub(super) fn left(&self) -> &Allowance {
        &self.left
    }

    /// Where the next record begins.
    pub(super) fn place(&self) -> u64 {
        let header = if self.next.is_some() { 4 } else { 0 };
        self.stream.progress().0.saturating_sub(header)
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        self.stream.progress()
    }

    /// Goes to another record.
    pub(super) fn seek(&mut self, place: u64) {
        self.next = None;
        self.stream.seek(place);
    }

    /// The id of the next record; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u16>, FileRefusal> {
        if self.next.is_none() && self.stream.rest() >= 4 {
            let mut header = [0; 4];
            self.stream.read(&mut header)?;
            self.next = u16_at(&header, 0).zip(u16_at(&header, 2));
        }
        Ok(self.next.map(|it| it.0))
    }

    /// Reads the next record and gives its id; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<u16>, FileRefusal> {
        self.peek()?;
        let Some((id, len)) = self.next.take() else {
            return Ok(None);
        };
        self.left.charge_tokens(1)?;
        self.left.charge(u64::from(len))?;
        self.data.resize(len.into(), 0);
        self.stream.read(&mut self.data)?;
        Ok(Some(id))
    }
}
