//! Data sets and images, each by a name of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::command::Refusal;
use crate::model::{DataGrade, Dataset, Image, ImageKind, Job, JobId, JobState, Lowering, SiteId};
use crate::reason::Reason;

use super::State;
use super::apply::{Answer, Apply};
use super::submit::unknown;

/// How often one data set's grade is lowered at most: each time is kept.
const LOWERINGS_MAX: usize = 16;

/// Data sets that the network knows at most, but for results of jobs that it has taken.
const DATASETS_MAX: usize = 2_000_000;

/// Images that the network knows at most.
const IMAGES_MAX: usize = 20_000;

/// What to do when there are too many.
const REMOVE: &str = "remove those that nobody needs";

impl State {
    /// Size and holders of what an input names: a data set, or a model of the catalogue.
    pub fn input_named(&self, name: &str) -> Option<(i64, &BTreeSet<SiteId>)> {
        if let Some(dataset) = self.datasets.get(name) {
            return Some((dataset.size_bytes, &dataset.sites));
        }
        let image = self.images.get(name)?;
        (image.kind == ImageKind::Model).then_some((image.size_bytes, &image.sites))
    }
}

impl Apply<'_> {
    /// A data set is immutable: the same name with other bytes is refused; replicas are added.
    pub(super) fn register_dataset(&mut self, dataset: &Dataset) -> Result<Answer, Refusal> {
        self.check_sites(dataset.sites.iter())?;
        let (name, sites) = (&dataset.name, &dataset.sites);
        self.check_not_leaving("dataset.sites", name, &dataset.sha256, sites)?;
        let mut raised = false;
        if let Some(known) = self.state.datasets.get(&dataset.name) {
            if known.sha256 != dataset.sha256 || known.size_bytes != dataset.size_bytes {
                return Err(changed("dataset.sha256"));
            }
            if known.grade > dataset.grade {
                let problem = "is lower than what is known; lower it with a reason instead";
                return Err(Refusal::invalid("dataset.grade", problem));
            }
            raised = known.grade < dataset.grade;
        } else if self.state.images.contains_key(name) {
            return Err(named_twice("dataset.name", "an image"));
        } else {
            self.check_datasets_room()?;
        }
        let entry = self.state.datasets.entry(dataset.name.clone());
        let entry = entry.or_insert_with(|| Arc::new(dataset.clone()));
        let entry = Arc::make_mut(entry);
        entry.grade = dataset.grade;
        entry.sites.extend(&dataset.sites);
        if raised {
            self.inherit_grade(dataset);
        }
        Ok(Answer::Done)
    }

    /// What reads a data set whose grade was raised, and has not been dispatched, has that grade
    /// from now on (GB/T 43697-2024). Places that were found under the old one are given up: the
    /// new one asks for encrypted links and another hub.
    fn inherit_grade(&mut self, dataset: &Dataset) {
        let reads = |job: &Job| {
            let mut inputs = job.spec.inputs.iter();
            job.grade < dataset.grade && inputs.any(|input| input.dataset == dataset.name)
        };
        let early = |state: JobState| {
            matches!(
                state,
                JobState::Held | JobState::Pending | JobState::Planned | JobState::Staging
            )
        };
        let jobs = self.state.jobs.values();
        let concerned = jobs.filter(|job| early(job.state) && reads(job));
        let concerned: Vec<(JobId, JobState)> = concerned.map(|job| (job.id, job.state)).collect();
        for (id, state) in concerned {
            if state != JobState::Pending {
                self.requeue(id, Reason::PlanStale);
            }
            if state != JobState::Held {
                self.update_job(id, |job| job.grade = dataset.grade);
            }
        }
    }

    /// What is submitted from now on inherits the lower grade; whatever read the data set before
    /// keeps the one it has, and so do its results.
    pub(super) fn lower_grade(
        &mut self,
        name: &str,
        grade: DataGrade,
        by: &str,
        because: &str,
    ) -> Result<Answer, Refusal> {
        let at_ms = self.state.now_ms();
        let Some(dataset) = self.state.datasets.get_mut(name) else {
            return Err(unknown("dataset", "data set", name));
        };
        if dataset.grade <= grade {
            return Err(Refusal::invalid("grade", "is not below the present one"));
        }
        if dataset.lowered.len() >= LOWERINGS_MAX {
            let problem = "was lowered too often; register it under a new name";
            return Err(Refusal::invalid("dataset", problem));
        }
        let dataset = Arc::make_mut(dataset);
        dataset.lowered.push(Lowering {
            at_ms,
            from: dataset.grade,
            to: grade,
            by: by.to_owned(),
            because: because.to_owned(),
        });
        dataset.grade = grade;
        Ok(Answer::Done)
    }

    /// Like a data set.
    pub(super) fn register_image(&mut self, image: &Image) -> Result<Answer, Refusal> {
        self.check_sites(image.sites.iter())?;
        self.check_not_leaving("image.sites", &image.name, &image.sha256, &image.sites)?;
        match self.state.images.get(&image.name) {
            Some(known) if known.sha256 != image.sha256 || known.size_bytes != image.size_bytes => {
                return Err(changed("image.sha256"));
            }
            Some(known) if known.kind != image.kind => {
                let problem = "is not what the image is known as; remove it first";
                return Err(Refusal::invalid("image.kind", problem));
            }
            Some(_) => {}
            None if self.state.datasets.contains_key(&image.name) => {
                return Err(named_twice("image.name", "a data set"));
            }
            None if self.state.users_of(&image.name).next().is_some() => {
                return Err(named_twice(
                    "image.name",
                    "a result of a job that has not ended",
                ));
            }
            None if self.state.images.len() >= IMAGES_MAX => {
                let problem = format!("the network knows {IMAGES_MAX} images, its limit; {REMOVE}");
                return Err(Refusal::invalid("image.name", problem));
            }
            None => {}
        }
        let entry = self.state.images.entry(image.name.clone());
        let entry = entry.or_insert_with(|| Arc::new(image.clone()));
        Arc::make_mut(entry).sites.extend(&image.sites);
        Ok(Answer::Done)
    }

    fn check_sites<'i>(&self, sites: impl Iterator<Item = &'i SiteId>) -> Result<(), Refusal> {
        for site in sites {
            if self.state.site(*site).is_none() {
                return Err(unknown("sites", "site", &site.to_string()));
            }
        }
        Ok(())
    }

    /// What a site still has to drop is no replica, and cannot become one before.
    fn check_not_leaving(
        &self,
        field: &'static str,
        name: &str,
        sha256: &[u8; 32],
        sites: &BTreeSet<SiteId>,
    ) -> Result<(), Refusal> {
        let leaving = |site: &&SiteId| self.state.is_leaving(name, sha256, **site);
        let Some(site) = sites.iter().find(leaving) else {
            return Ok(());
        };
        let site = &self.state.sites[site.index()].spec.name;
        let problem = format!("{site} is still dropping its replica; try again in a minute");
        Err(Refusal::invalid(field, problem))
    }

    /// There is room for one more data set, or for the results of one more job.
    pub(super) fn check_datasets_room(&self) -> Result<(), Refusal> {
        if self.state.datasets.len() < DATASETS_MAX {
            return Ok(());
        }
        let problem = format!("the network knows {DATASETS_MAX} data sets, its limit; {REMOVE}");
        Err(Refusal::invalid("dataset.name", problem))
    }

    /// Notes that a site holds a whole copy. Unknown names and other bytes are not heard, nor what
    /// the site has yet to drop.
    pub(super) fn add_replica(&mut self, name: &str, sha256: &[u8; 32], site: SiteId) {
        if self.state.is_leaving(name, sha256, site) {
            return;
        }
        if let Some(dataset) = self.state.datasets.get_mut(name)
            && dataset.sha256 == *sha256
            && !dataset.sites.contains(&site)
        {
            Arc::make_mut(dataset).sites.insert(site);
        }
        if let Some(image) = self.state.images.get_mut(name)
            && image.sha256 == *sha256
            && !image.sites.contains(&site)
        {
            Arc::make_mut(image).sites.insert(site);
        }
    }
}

/// Data sets and images travel and lie at the sites by name: no name may be both.
pub(super) fn named_twice(field: &str, kind: &str) -> Refusal {
    Refusal::invalid(field, format!("is the name of {kind}; choose another"))
}

fn changed(field: &str) -> Refusal {
    Refusal::invalid(
        field,
        "the name is taken by other bytes; register them under a new name",
    )
}
