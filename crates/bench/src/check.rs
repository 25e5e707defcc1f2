//! A file checked by itself, against the same file read by the `csv` crate.

use crate::{
    Failure, Scale, file, machine,
    measure::{Amount, Best, Limit, Measure, tell, timed},
};
use identity_core::{service::check_file, sheet::SheetReader as _};
use phone_plan::LibPhonePlan;
use sheet_reader::Sheets;
use std::{fs::File, hint::black_box, path::Path};

pub(crate) fn run(scale: Scale) -> Result<Vec<Measure>, Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("people.csv");
    let parents: Vec<String> = (0..20)
        .map(|it| format!("018c2c1d-7c00-7b6a-8f2e-0123456789{it:02}"))
        .collect();
    file::write(&path, scale.rows, &parents)?;
    let phones = LibPhonePlan::new();
    let (mut ours, mut bare) = (Best::default(), Best::default());
    for _ in 0..scale.runs(5) {
        let ((), one) = timed(|| check(&path, &phones, scale.rows))?;
        let ((), other) = timed(|| read(&path, scale.rows))?;
        tell("check", one, other);
        ours.of(one);
        bare.of(other);
    }
    let mut measures = vec![Measure {
        job: "check a file".to_owned(),
        ours: Amount::Seconds(ours.seconds()),
        bare: Some(Amount::Seconds(bare.seconds())),
        limit: Some(Limit::RatioAtMost(8.0)),
        rows: Some(scale.rows),
    }];
    measures.extend(machine::peak_memory().map(|it| Measure {
        job: "check a file: peak memory".to_owned(),
        ours: Amount::Bytes(it),
        bare: None,
        limit: Some(Limit::AtMost(Amount::Bytes(250e6))),
        rows: None,
    }));
    Ok(measures)
}

fn check(path: &Path, phones: &LibPhonePlan, rows: u32) -> Result<(), Failure> {
    let table = Sheets::default().open(File::open(path)?, Some("people.csv"))?;
    let report = check_file(table, phones, &mut ())?;
    if report.counts.created == rows {
        Ok(())
    } else {
        Err(format!("not every row was valid: {:?}", report.counts).into())
    }
}

fn read(path: &Path, rows: u32) -> Result<(), Failure> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while reader.read_byte_record(&mut record)? {
        black_box(&record);
        count += 1;
    }
    if count == rows {
        Ok(())
    } else {
        Err(format!("the bare reader found {count} rows").into())
    }
}
