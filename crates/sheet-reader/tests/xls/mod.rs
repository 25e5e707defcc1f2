//! Writes `.xls` files as the old programs do, and as they would not.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which may panic"
)]

/// A record, which goes on in further ones where it is too long for one.
pub(crate) fn record(id: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut id = id;
    let mut rest = data;
    loop {
        let (here, further) = rest.split_at(rest.len().min(8_224));
        bytes.extend_from_slice(&id.to_le_bytes());
        bytes.extend_from_slice(&u16::try_from(here.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(here);
        if further.is_empty() {
            return bytes;
        }
        (id, rest) = (0x003c, further);
    }
}

/// A record about the cell in this row and column, both from 0, with its style.
pub(crate) fn cell(id: u16, row: u16, column: u16, style: u16, data: &[u8]) -> Vec<u8> {
    let place = [row, column, style].map(u16::to_le_bytes).concat();
    record(id, &[place.as_slice(), data].concat())
}

pub(crate) fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    cell(0x0203, row, column, style, &value.to_le_bytes())
}

/// Where a workbook begins, or a sheet of it: 5 for all in common, 16 for cells.
pub(crate) fn begin(version: u16, kind: u16) -> Vec<u8> {
    let mut data = [version, kind, 0, 0].map(u16::to_le_bytes).concat();
    data.resize(if version == 0x0600 { 16 } else { 8 }, 0);
    record(0x0809, &data)
}

/// The stream of a workbook: what its sheets have in common, and for each whether it is hidden and what it holds.
pub(crate) fn workbook(version: u16, common: &[u8], sheets: &[(bool, Vec<u8>)]) -> Vec<u8> {
    let named: &[u8] = if version == 0x0600 {
        b"\x01\0S"
    } else {
        b"\x01S"
    };
    let start = [begin(version, 5), common.to_vec()].concat();
    let mut place = start.len() + sheets.len() * (4 + 6 + named.len()) + 4;
    let (mut places, mut contents) = (Vec::new(), Vec::new());
    for (hidden, records) in sheets {
        let mut data = u32::try_from(place).unwrap().to_le_bytes().to_vec();
        data.extend_from_slice(&[u8::from(*hidden), 0]);
        data.extend_from_slice(named);
        places.extend(record(0x0085, &data));
        let content = [begin(version, 16), records.clone(), record(0x000a, &[])].concat();
        place += content.len();
        contents.extend(content);
    }
    [start, places, record(0x000a, &[]), contents].concat()
}

const END: u32 = 0xffff_fffe;

/// A compound file with these streams. Sectors: the tables, the directory, the streams.
pub(crate) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    compound_of(512, streams)
}

/// The same with sectors of so many bytes, 512 or 4,096.
pub(crate) fn compound_of(size: usize, streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut small = Vec::new();
    let mut small_next: Vec<u32> = Vec::new();
    // What is in sectors of its own, with its length: the directory first.
    let mut chains: Vec<Vec<u8>> = vec![vec![0; (streams.len() + 1).div_ceil(size / 128) * size]];
    let mut starts = Vec::new();
    for (_, bytes) in streams {
        if bytes.len() < 4_096 {
            let first = small_next.len();
            let sectors = bytes.len().div_ceil(64);
            small_next.extend((1..=sectors).map(|it| match it == sectors {
                true => END,
                false => u32::try_from(first + it).unwrap(),
            }));
            small.extend_from_slice(bytes);
            small.resize(small_next.len() * 64, 0);
            starts.push((false, first));
        } else {
            starts.push((true, chains.len()));
            chains.push(bytes.to_vec());
        }
    }
    let container = chains.len();
    let small_len = small.len();
    chains.push(small);
    chains.push(small_next.iter().flat_map(|it| it.to_le_bytes()).collect());
    let sectors: usize = chains.iter().map(|it| it.len().div_ceil(size)).sum();
    let (mut tables, mut further) = (1, 0);
    while (tables * (size / 4)) < sectors + tables + further {
        tables += 1;
        further = tables.saturating_sub(109).div_ceil(size / 4 - 1);
    }
    let mut next = Vec::new();
    next.resize(further, 0xffff_fffc_u32);
    next.resize(further + tables, 0xffff_fffd);
    let mut firsts = Vec::new();
    for chain in &chains {
        let count = chain.len().div_ceil(size);
        firsts.push(if count == 0 {
            END
        } else {
            u32::try_from(next.len()).unwrap()
        });
        for it in 1..=count {
            let behind = u32::try_from(next.len() + 1).unwrap();
            next.push(if it == count { END } else { behind });
        }
    }
    next.resize(tables * (size / 4), 0xffff_ffff);
    let mut entry = |at: usize, name: &str, kind: u8, links: [u32; 3], start: u32, len: usize| {
        let entry = &mut chains[0][at * 128..][..128];
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..name.len()].copy_from_slice(&name);
        entry[64] = u8::try_from(name.len() + 2).unwrap();
        entry[66] = kind;
        entry[67] = 1;
        entry[68..80].copy_from_slice(&links.map(u32::to_le_bytes).concat());
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
    };
    const NONE: u32 = u32::MAX;
    entry(
        0,
        "Root Entry",
        5,
        [NONE, NONE, 1],
        firsts[container],
        small_len,
    );
    for (at, ((name, bytes), (long, start))) in (1..).zip(streams.iter().zip(&starts)) {
        let behind = if at == streams.len() {
            NONE
        } else {
            u32::try_from(at + 1).unwrap()
        };
        let start = if *long {
            firsts[*start]
        } else {
            u32::try_from(*start).unwrap()
        };
        entry(at, name, 2, [NONE, behind, NONE], start, bytes.len());
    }
    let (version, shift) = if size == 512 { (3, 9) } else { (4, 12) };
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(24, 0);
    header.extend(
        [0x3e, version, 0xfffe, shift, 6, 0, 0, 0]
            .map(u16::to_le_bytes)
            .concat(),
    );
    let fields = [
        0,
        u32::try_from(tables).unwrap(),
        firsts[0],
        0,
        4_096,
        firsts[container + 1],
        u32::try_from(small_next.len().div_ceil(size / 4)).unwrap(),
        if further == 0 { END } else { 0 },
        u32::try_from(further).unwrap(),
    ];
    header.extend(fields.map(u32::to_le_bytes).concat());
    let mut names: Vec<u32> = (further..further + tables)
        .map(|it| u32::try_from(it).unwrap())
        .collect();
    names.resize(109 + further * (size / 4 - 1), NONE);
    header.extend(names[..109].iter().flat_map(|it| it.to_le_bytes()));
    let mut file = header;
    file.resize(size, 0);
    for (at, names) in (1..).zip(names[109..].chunks(size / 4 - 1)) {
        file.extend(names.iter().flat_map(|it| it.to_le_bytes()));
        file.extend(if at == further { END } else { at as u32 }.to_le_bytes());
    }
    file.extend(next.iter().flat_map(|it| it.to_le_bytes()));
    for chain in &chains {
        file.extend_from_slice(chain);
        file.resize(file.len().div_ceil(size) * size, 0);
    }
    file
}
