//! Passwords for hosts that keep them themselves: the [`Passwords`] port of `identity-core`.
//!
//! Hashes are argon2id with 19 MiB of memory, two passes and one lane, as OWASP and RFC 9106 recommend for interactive logins,
//! and are written with their parameters, so that those can be raised later. A hash takes some 25 ms of one core: a few threads of
//! this crate's own do the work, and callers wait without blocking theirs. Whether a password is common is asked of `zxcvbn`,
//! which knows the 30,000 that are used most, names, words, keyboard runs, dates and repetitions.
//!
//! ```
//! use embedded_login::Argon2Passwords;
//! use identity_core::login::{Password, Passwords};
//!
//! # async fn host() -> Result<(), Box<dyn std::error::Error>> {
//! let passwords = Argon2Passwords::new()?;
//! let password = Password::parse("passwordpassword")?;
//! assert!(passwords.is_common(&password).await?);
//! # Ok(())
//! # }
//! ```

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use futures_channel::oneshot;
use identity_core::login::{Hashing, HashingFailed, Password, PasswordHash, Passwords};
use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::Builder,
};

/// How many hashes are made at once. Each takes 19 MiB and a core for some 25 ms.
const AT_ONCE: usize = 2;
/// How many hashes may wait, some two seconds of work. Whoever comes then is told so at once: a queue without an end would let anybody
/// keep everybody waiting.
const WAITING: usize = 128;
/// Kibibytes of memory.
const MEMORY: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

type Work = Box<dyn FnOnce(&Argon2<'static>) + Send>;

/// Hashes and checks passwords on threads of its own. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Argon2Passwords {
    work: SyncSender<Work>,
    /// What a password is compared with where there is none to compare it with, so that the answer takes as long.
    nobody: PasswordHash,
}

impl Argon2Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where no thread can be started, or there is no memory for one hash.
    pub fn new() -> io::Result<Self> {
        let params = Params::new(MEMORY, PASSES, LANES, None);
        let argon2 = params.map(|it| Argon2::new(Algorithm::Argon2id, Version::V0x13, it));
        let argon2 = argon2.map_err(|_| io::Error::other("parameters of argon2"))?;
        let nobody = hashed(&argon2, "", [0; 16]).ok_or(io::ErrorKind::OutOfMemory)?;
        let (work, waiting) = sync_channel::<Work>(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            let (waiting, argon2) = (Arc::clone(&waiting), argon2.clone());
            Builder::new().name("passwords".to_owned()).spawn(move || {
                while let Some(work) = next(&waiting) {
                    work(&argon2);
                }
            })?;
        }
        Ok(Self { work, nobody })
    }

    /// Has a thread do this.
    fn offload<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Option<T> + Send + 'static,
    ) -> Hashing<'a, Result<T, HashingFailed>> {
        let (reply, answer) = oneshot::channel();
        let sent = self.work.try_send(Box::new(move |argon2| {
            // Nobody waits any more: spare the work.
            if !reply.is_canceled() {
                let _ = reply.send(work(argon2));
            }
        }));
        Box::pin(async move {
            sent.map_err(|_| HashingFailed)?;
            answer.await.ok().flatten().ok_or(HashingFailed)
        })
    }
}

/// The next piece of work; `None` when there will be none.
fn next(waiting: &Mutex<Receiver<Work>>) -> Option<Work> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().ok()
}

fn hashed(argon2: &Argon2<'_>, password: &str, salt: [u8; 16]) -> Option<PasswordHash> {
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    Some(PasswordHash(hash.ok()?.to_string()))
}

impl Passwords for Argon2Passwords {
    fn hash<'a>(
        &'a self,
        password: &'a Password,
        salt: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>> {
        let password = password.clone();
        self.offload(move |argon2| hashed(argon2, password.expose(), salt))
    }

    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>> {
        let password = password.clone();
        let known = hash.is_some();
        let PasswordHash(hash) = hash.unwrap_or(&self.nobody).clone();
        self.offload(move |argon2| {
            let same = argon2.verify_password(password.expose().as_bytes(), hash.as_str());
            Some(known && same.is_ok())
        })
    }

    fn is_common<'a>(&'a self, password: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        let password = password.clone();
        self.offload(move |_| {
            let estimate = zxcvbn::zxcvbn(password.expose(), &[]);
            Some(estimate.score() < zxcvbn::Score::Three)
        })
    }
}

impl fmt::Debug for Argon2Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Passwords").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    /// The hash says how it was made, holds no password, and is of this password with this salt alone.
    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let passwords = Argon2Passwords::new().unwrap();
        let mine = password("nine lives of the ward cat");
        let hash = passwords.hash(&mine, [7; 16]).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!hash.0.contains("ward"));
        assert_ne!(hash, passwords.hash(&mine, [8; 16]).await.unwrap());
        assert_eq!(passwords.verify(&mine, Some(&hash)).await, Ok(true));
        let other = password("nine lives of the ward dog");
        assert_eq!(passwords.verify(&other, Some(&hash)).await, Ok(false));
    }

    /// E2: without a hash the answer is no, also for the password that the comparison is made with, and so it is where the
    /// hash is none.
    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Argon2Passwords::new().unwrap();
        let empty = Password::given("").unwrap();
        assert_eq!(passwords.verify(&empty, None).await, Ok(false));
        let none = PasswordHash("no hash".to_owned());
        assert_eq!(passwords.verify(&empty, Some(&none)).await, Ok(false));
    }

    #[tokio::test]
    async fn what_everybody_tries_is_common() {
        let passwords = Argon2Passwords::new().unwrap();
        for common in [
            "passwordpassword",
            "123456789012345",
            "qwertyuiopasdfgh",
            "aaaaaaaaaaaaaaaaaaaa",
            "iloveyouiloveyou",
        ] {
            let found = passwords.is_common(&password(common)).await;
            assert_eq!(found, Ok(true), "{common}");
        }
        let mine = password("nine lives of the ward cat");
        assert_eq!(passwords.is_common(&mine).await, Ok(false));
    }

    /// Whoever comes when too many wait is told so, and does not make it longer.
    #[tokio::test]
    async fn a_queue_has_an_end() {
        let passwords = Argon2Passwords::new().unwrap();
        let mine = password("nine lives of the ward cat");
        let waiting: Vec<_> = (0..WAITING + AT_ONCE + 10)
            .map(|_| passwords.hash(&mine, [7; 16]))
            .collect();
        let mut refused = 0;
        for hash in waiting {
            refused += usize::from(hash.await == Err(HashingFailed));
        }
        assert!((1..=10 + AT_ONCE).contains(&refused), "{refused}");
    }
}
