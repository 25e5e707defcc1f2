//! The people a fake MedHub knows. All of them are fictitious.

/// Who is in the fake MedHub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixture {
    /// The programmes, in the order of `programs/all`.
    pub programs: Vec<FakeProgram>,
    /// The residents, in the order of the lists.
    pub residents: Vec<FakePerson>,
    /// The faculty, in the order of the lists.
    pub faculty: Vec<FakePerson>,
}

/// A programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeProgram {
    /// `programID`.
    pub id: String,
    /// `program_name`.
    pub name: String,
}

/// A resident or faculty member. Blank text is a value MedHub does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakePerson {
    /// `userID`.
    pub user_id: String,
    /// `name_first`.
    pub given: String,
    /// `name_last`.
    pub family: String,
    /// `email`.
    pub email: String,
    /// `username`.
    pub username: String,
    /// `employeeID`.
    pub employee_id: String,
    /// `level`; faculty have none.
    pub level: String,
    /// The `programID`s of the lists the person stands in.
    pub programs: Vec<String>,
    /// Whether the person is in the lists at all.
    pub standing: Standing,
}

/// Whether a person is in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the lists.
    Active,
    /// In no list, but still found by `users/userLookup`.
    Left,
}

impl Fixture {
    /// Nobody and nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a programme.
    #[must_use]
    pub fn program(mut self, id: &str, name: &str) -> Self {
        self.programs.push(FakeProgram {
            id: id.to_owned(),
            name: name.to_owned(),
        });
        self
    }

    /// Adds a resident.
    #[must_use]
    pub fn resident(mut self, person: FakePerson) -> Self {
        self.residents.push(person);
        self
    }

    /// Adds a faculty member.
    #[must_use]
    pub fn faculty(mut self, person: FakePerson) -> Self {
        self.faculty.push(person);
        self
    }

    /// Two programmes with two residents and two faculty, one of whom teaches in both: five lines in all.
    #[must_use]
    pub fn small() -> Self {
        Self::new()
            .program("73", "Internal Medicine")
            .program("74", "Paediatric Cardiology")
            .resident(
                FakePerson::new("2345", "Ada", "Example", "ada.example@hospital.example")
                    .employee_id("66666")
                    .level("3")
                    .in_program("73"),
            )
            .resident(
                FakePerson::new("02346", "Ben", "Muñoz", "BMUNOZ@hospital.example")
                    .level("1")
                    .in_program("74"),
            )
            .faculty(
                FakePerson::new("1234", "Cleo", "O'Sample", "cleo@hospital.example")
                    .in_program("73")
                    .in_program("74"),
            )
            .faculty(
                FakePerson::new("1235", "Dan", "Specimen", "dan@hospital.example")
                    .employee_id("77777")
                    .in_program("73"),
            )
    }

    /// A hospital of the given size, always the same for the same parameters.
    ///
    /// Programmes are of uneven size: most with a dozen trainees, every third a fellowship of a few, every
    /// twenty-fifth without trainees, every fiftieth without anybody. Of the faculty 20 % teach in two or more
    /// programmes. 5 % of the residents and 40 % of the faculty have no `employeeID`. Of all people 1 % share an
    /// e-mail with somebody else, 0.5 % have two addresses in the field, 2 % have it in capitals; 0.5 % of
    /// the faculty are also listed as the residents they once were, under another `userID` with the same e-mail.
    #[must_use]
    pub fn hospital(size: &Hospital) -> Self {
        let mut dice = Dice(size.seed);
        let programs: Vec<_> = (0..size.programs).map(program).collect();
        let trainees = Weights::new((0..size.programs).map(|at| match at {
            _ if at % 25 == 24 => 0,
            _ if at % 3 == 2 => 1 + dice.below(3),
            _ => 6 + dice.below(20),
        }));
        let teachers = Weights::new((0..size.programs).map(|at| match at {
            _ if at % 50 == 49 => 0,
            _ => 5 + dice.below(20),
        }));
        let in_program = |index: Option<usize>| {
            index
                .and_then(|it| programs.get(it))
                .map(|it: &FakeProgram| it.id.clone())
        };

        let mut residents: Vec<_> = (0..size.residents)
            .map(|at| {
                let mut person = person(at, 20_000, &mut dice);
                person.level = (1 + dice.below(5)).to_string();
                person.programs.extend(in_program(trainees.pick(&mut dice)));
                person
            })
            .collect();
        let mut faculty: Vec<_> = (0..size.faculty)
            .map(|at| {
                let mut person = person(at, 600_000, &mut dice);
                person.programs.extend(in_program(teachers.pick(&mut dice)));
                person
            })
            .collect();

        for at in dice.some_of(faculty.len(), 200) {
            if let Some(person) = faculty.get_mut(at) {
                for _ in 0..=dice.below(2) {
                    let more = in_program(teachers.pick(&mut dice));
                    person
                        .programs
                        .extend(more.filter(|it| !person.programs.contains(it)));
                }
            }
        }
        for (people, per_mille) in [(&mut residents, 50), (&mut faculty, 400)] {
            for at in dice.some_of(people.len(), per_mille) {
                if let Some(person) = people.get_mut(at) {
                    person.employee_id.clear();
                }
            }
        }
        // The old residents become faculty first, since what follows alters addresses of other people only.
        let returned = dice.some_of(faculty.len(), 5);
        let once: Vec<_> = dice.shuffled(residents.len());
        for (at, was) in returned.iter().zip(&once) {
            if let (Some(now), Some(then)) = (faculty.get_mut(*at), residents.get_mut(*was)) {
                now.given.clone_from(&then.given);
                now.family.clone_from(&then.family);
                now.email.clone_from(&then.email);
                then.username = format!("old_{}", then.username);
            }
        }

        let taken: Vec<usize> = once
            .iter()
            .take(returned.len())
            .copied()
            .chain(returned.iter().map(|at| size.residents + at))
            .collect();
        let all = size.residents + size.faculty;
        let mut free = dice
            .shuffled(all)
            .into_iter()
            .filter(|it| !taken.contains(it));
        let mut everybody: Vec<&mut FakePerson> =
            residents.iter_mut().chain(&mut faculty).collect();
        for _ in 0..all / 200 {
            if let (Some(one), Some(other)) = (free.next(), free.next())
                && let Some(email) = everybody.get(one).map(|it| it.email.clone())
                && let Some(other) = everybody.get_mut(other)
            {
                other.email = email;
            }
        }
        for at in free.by_ref().take(all / 200) {
            if let Some(person) = everybody.get_mut(at) {
                person.email = format!("{}; p{at}@private.example", person.email);
            }
        }
        for at in free.take(all / 50) {
            if let Some(person) = everybody.get_mut(at) {
                person.email = person.email.to_ascii_uppercase();
            }
        }
        Self {
            programs,
            residents,
            faculty,
        }
    }
}

impl FakePerson {
    /// Somebody in no programme yet, without `employeeID`, whose `username` is the family name.
    #[must_use]
    pub fn new(user_id: &str, given: &str, family: &str, email: &str) -> Self {
        Self {
            user_id: user_id.to_owned(),
            given: given.to_owned(),
            family: family.to_owned(),
            email: email.to_owned(),
            username: family.to_lowercase(),
            employee_id: String::new(),
            level: String::new(),
            programs: Vec::new(),
            standing: Standing::Active,
        }
    }

    /// With this `employeeID`.
    #[must_use]
    pub fn employee_id(mut self, employee_id: &str) -> Self {
        employee_id.clone_into(&mut self.employee_id);
        self
    }

    /// With this training level.
    #[must_use]
    pub fn level(mut self, level: &str) -> Self {
        level.clone_into(&mut self.level);
        self
    }

    /// Also in this programme.
    #[must_use]
    pub fn in_program(mut self, program: &str) -> Self {
        self.programs.push(program.to_owned());
        self
    }

    /// In no list any more.
    #[must_use]
    pub fn left(mut self) -> Self {
        self.standing = Standing::Left;
        self
    }
}

/// The size of a generated hospital. The default is a large one: 150 programmes, 1,500 residents, 6,000 faculty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hospital {
    /// How many programmes.
    pub programs: usize,
    /// How many residents.
    pub residents: usize,
    /// How many faculty.
    pub faculty: usize,
    /// Another seed is another hospital of the same size.
    pub seed: u64,
}

impl Default for Hospital {
    fn default() -> Self {
        Self {
            programs: 150,
            residents: 1_500,
            faculty: 6_000,
            seed: 1,
        }
    }
}

const SPECIALTIES: [&str; 15] = [
    "Anesthesiology",
    "Internal Medicine",
    "Cardiology",
    "Dermatology",
    "Emergency Medicine",
    "Family Medicine",
    "General Surgery",
    "Neurology",
    "Obstetrics",
    "Oncology",
    "Pathology",
    "Pediatrics",
    "Psychiatry",
    "Radiology",
    "Urology",
];
const GIVEN: [&str; 16] = [
    "Ada", "Bruno", "Chloë", "Darius", "Esme", "Farid", "Greta", "Hugo", "Imani", "José", "Kaia",
    "Liang", "Mira", "Noor", "Orla", "Priya",
];
const FAMILY: [&str; 16] = [
    "Alder", "Birch", "Cedar", "D'Elm", "Fir", "Ginkgo", "Hazel", "Ibañez", "Juniper", "Kapok",
    "Larch", "Maple", "Nutmeg", "Olive", "Pine-Oak", "Rowan",
];

fn program(at: usize) -> FakeProgram {
    let form = if at % 3 == 2 {
        "Fellowship"
    } else {
        "Residency"
    };
    let specialty = SPECIALTIES.iter().cycle().nth(at % SPECIALTIES.len());
    FakeProgram {
        id: (101 + at).to_string(),
        name: format!("{} {form} {}", specialty.unwrap_or(&""), 101 + at),
    }
}

fn person(at: usize, first_id: usize, dice: &mut Dice) -> FakePerson {
    let user_id = (first_id + at).to_string();
    let given = dice.one_of(&GIVEN);
    let family = dice.one_of(&FAMILY);
    let letters = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphabetic)
            .map(|it| it.to_ascii_lowercase())
            .collect()
    };
    let username = format!("{}{user_id}", letters(family));
    let email = format!("{}.{username}@hospital.example", letters(given));
    FakePerson {
        employee_id: (900_000 + first_id + at).to_string(),
        username,
        ..FakePerson::new(&user_id, given, family, &email)
    }
}

/// Numbers that look random and are always the same (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.roll() % end).unwrap_or_default()
    }

    fn one_of<'a>(&mut self, names: &[&'a str]) -> &'a str {
        names
            .get(self.below(names.len()))
            .copied()
            .unwrap_or_default()
    }

    /// `0..len` in another order.
    fn shuffled(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..len).collect();
        for at in (1..len).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }

    /// So many of `0..len` per thousand.
    fn some_of(&mut self, len: usize, per_mille: usize) -> Vec<usize> {
        let mut order = self.shuffled(len);
        order.truncate(len * per_mille / 1_000);
        order
    }
}

/// The sizes of the programmes, to pick one by.
struct Weights(Vec<usize>);

impl Weights {
    fn new(weights: impl Iterator<Item = usize>) -> Self {
        let sum = |sum: &mut usize, weight| {
            *sum += weight;
            Some(*sum)
        };
        Self(weights.scan(0, sum).collect())
    }

    fn pick(&self, dice: &mut Dice) -> Option<usize> {
        let total = *self.0.last()?;
        let at = dice.below(total);
        (total > 0).then(|| self.0.partition_point(|sum| *sum <= at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_same_parameters_give_the_same_hospital() {
        let size = Hospital::default();
        assert_eq!(Fixture::hospital(&size), Fixture::hospital(&size));
        let other = Hospital { seed: 2, ..size };
        assert_ne!(Fixture::hospital(&size), Fixture::hospital(&other));
    }

    #[test]
    fn a_hospital_has_the_promised_oddities() {
        let hospital = Fixture::hospital(&Hospital::default());
        let (residents, faculty) = (&hospital.residents, &hospital.faculty);
        assert_eq!(
            (hospital.programs.len(), residents.len(), faculty.len()),
            (150, 1_500, 6_000)
        );
        let without =
            |people: &[FakePerson]| people.iter().filter(|it| it.employee_id.is_empty()).count();
        assert_eq!((without(residents), without(faculty)), (75, 2_400));

        let everybody = || residents.iter().chain(faculty);
        let ids: BTreeSet<_> = everybody().map(|it| &it.user_id).collect();
        assert_eq!(ids.len(), 7_500);
        let count = |odd: fn(&str) -> bool| everybody().filter(|it| odd(&it.email)).count();
        assert_eq!(count(|it| it.contains(';')), 37);
        assert_eq!(count(|it| it.contains("HOSPITAL")), 150);
        let mut holders = BTreeMap::<_, usize>::new();
        for person in everybody() {
            *holders.entry(&person.email).or_default() += 1;
        }
        let shared: usize = holders.values().filter(|it| **it > 1).sum();
        assert_eq!(shared, 74 + 60);
        assert_eq!(
            residents
                .iter()
                .filter(|it| it.username.starts_with("old_"))
                .count(),
            30
        );
        let several = faculty.iter().filter(|it| it.programs.len() > 1).count();
        assert!((1_100..=1_200).contains(&several), "{several}");
        assert!(everybody().all(|it| !it.programs.is_empty()));
    }

    #[test]
    fn some_programmes_are_small_and_some_are_empty() {
        let hospital = Fixture::hospital(&Hospital::default());
        let trainees = |id: &String| {
            let all = hospital.residents.iter();
            all.filter(|it| it.programs.contains(id)).count()
        };
        let sizes: Vec<_> = hospital
            .programs
            .iter()
            .map(|it| trainees(&it.id))
            .collect();
        assert!(sizes.iter().filter(|it| **it == 0).count() >= 6);
        assert!(sizes.iter().filter(|it| (1..=5).contains(*it)).count() > 30);
        assert!(sizes.iter().all(|it| *it < 80));
    }

    #[test]
    fn odd_sizes_are_no_harm() {
        for (programs, residents, faculty) in
            [(0, 0, 0), (0, 3, 3), (1, 0, 200), (1, 30, 0), (3, 1, 1)]
        {
            let size = Hospital {
                programs,
                residents,
                faculty,
                seed: 7,
            };
            let hospital = Fixture::hospital(&size);
            assert_eq!(hospital.residents.len(), residents);
            assert_eq!(hospital.faculty.len(), faculty);
        }
    }
}
