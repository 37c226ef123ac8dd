//! Examinations of the lab by itself, one file each, beside the Runs.
//!
//! It never changes a file; what the bytes mean is [`lab_core::format`]'s business.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use lab_core::format::{read_validation, validation_document};
use lab_core::validation::Validation;

use super::load::document;
use super::{Store, StoreError, durable, id};

/// The folder in a store that holds one file per examination.
const VALIDATIONS_FOLDER: &str = "validations";

impl Store {
    /// Keeps an examination under the first free name, which is returned with the path of its file.
    ///
    /// # Errors
    /// [`StoreError::Time`], otherwise what the kernel says.
    pub fn keep_validation(&self, one: &Validation) -> Result<(String, PathBuf), StoreError> {
        let _lock = self.lock()?;
        let folder = self.validations();
        fs::create_dir_all(&folder).map_err(|source| StoreError::io("create", &folder, source))?;
        let mut attempt = 1;
        loop {
            let id = id::run_id(&one.created_at, None, attempt)?.replace("-nogit", "");
            let name = format!("{id}.json");
            if !folder.join(&name).exists() {
                let named = Validation { id: id.clone(), ..one.clone() };
                durable::put(&folder, &name, &validation_document(&named))?;
                return Ok((id, folder.join(name)));
            }
            attempt += 1;
        }
    }

    /// Every examination that can be read, from oldest to newest; files that cannot be read are left out.
    ///
    /// # Errors
    /// What the kernel says about their folder.
    pub fn list_validations(&self) -> Result<Vec<Validation>, StoreError> {
        let folder = self.validations();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|source| StoreError::io("list", &folder, source))?,
        };
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .collect();
        paths.sort();
        let read = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            read_validation(&name, &document(path).ok()?).ok()
        };
        Ok(paths.iter().filter_map(read).collect())
    }

    fn validations(&self) -> PathBuf {
        self.path.join(VALIDATIONS_FOLDER)
    }
}
