//! A file of professionals, the same in every run.

use crate::Failure;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

const GIVEN: [&str; 24] = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Zoë",
    "Søren",
    "Frances",
    "Niklaus",
    "Radia",
    "Tim",
    "Margaret",
    "Dennis",
    "Łucja",
    "Jean",
    "Ken",
    "Adele",
    "Leslie",
    "Robin",
    "Shafi",
    "Silvio",
    "Anne-Marie",
    "José",
];
const FAMILY: [&str; 24] = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Müller",
    "Kierkegaard",
    "Allen",
    "Wirth",
    "Perlman",
    "Lee",
    "Hamilton",
    "Ritchie",
    "Kowalska",
    "Bartik",
    "Thompson",
    "Goldberg",
    "Lamport",
    "Milner",
    "Goldwasser",
    "Micali",
    "van der Berg",
    "O'Brien",
];

/// The header of the customer's documents.
const HEADER: &str =
    "First Name,Last Name,Email Address,Country Code,Mobile Phone,Parent Organization ID";

/// Numbers that look random and are the same in every run.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below a limit (SplitMix64).
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^= it >> 31;
        u32::try_from(it % u64::from(limit.max(1))).unwrap_or_default()
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let place = self.below(u32::try_from(texts.len()).unwrap_or(1));
        texts.get(place as usize).copied().unwrap_or_default()
    }
}

/// Writes a file of so many professionals, every row of it valid, every column filled, no address there twice.
pub(crate) fn write(path: &Path, rows: u32, parents: &[String]) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut dice = Dice::new(1);
    writeln!(file, "{HEADER}")?;
    let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
    for number in 0..rows {
        let (given, family) = (dice.one_of(&GIVEN), dice.one_of(&FAMILY));
        let (code, mobile) = mobile(&mut dice);
        let parent = dice.one_of(&parents);
        // The local part is not in the order of the rows, as no list of people is in the order of their addresses.
        let mixed = u64::from(number).wrapping_mul(2_654_435_761) % 4_294_967_296;
        let host = dice.one_of(&["hospital", "clinic", "Mail.Example", "university"]);
        writeln!(
            file,
            "{given},{family},{}.{mixed}@{host}.example.org,{code},{mobile},{parent}",
            plain(family),
        )?;
    }
    file.flush()?;
    Ok(())
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).collect()
}

/// A mobile number as people of eight countries write theirs.
fn mobile(dice: &mut Dice) -> (&'static str, String) {
    let six = 100_000 + dice.below(900_000);
    let (head, tail) = (six / 1_000, six % 1_000);
    match dice.below(8) {
        0 => ("32", format!("0470 {head} {tail:03}")),
        1 => (
            "+33",
            format!(
                "06 12 {} {} {:02}",
                head / 10,
                tail / 10 % 90 + 10,
                tail % 100
            ),
        ),
        2 => ("49", format!("0151 23{six}")),
        3 => ("44", format!("07400 {six}")),
        4 => ("1", format!("(201) 555-0{}", 100 + tail % 100)),
        5 => ("31", format!("+31 6 12{six}")),
        6 => ("34", format!("612{six}")),
        _ => ("BE", format!("+32470{six}")),
    }
}
