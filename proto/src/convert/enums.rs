//! Enumerations, both ways.
//!
//! `…_from_wire` takes the number as it came and answers `None` for "unspecified"; the caller
//! knows whether that has a default. A number that this version does not know is an error.

use ewc_core::model;

use super::error::WireError;
use crate::v1;

macro_rules! both_ways {
    (
        $(#[$doc:meta])* $from:ident, $(#[$doc_to:meta])* $to:ident,
        $Model:ty = $Wire:ty { $($variant:ident),* $(,)? }
    ) => {
        $(#[$doc])*
        pub fn $from(field: &str, number: i32) -> Result<Option<$Model>, WireError> {
            match <$Wire>::try_from(number) {
                Ok(<$Wire>::Unspecified) => Ok(None),
                $(Ok(<$Wire>::$variant) => Ok(Some(<$Model>::$variant)),)*
                Err(_) => Err(WireError::new(field, format!("has the unknown value {number}"))),
            }
        }

        $(#[$doc_to])*
        pub fn $to(value: $Model) -> $Wire {
            match value {
                $(<$Model>::$variant => <$Wire>::$variant,)*
            }
        }
    };
}

both_ways!(
    /// State of a job.
    job_state_from_wire,
    /// State of a job.
    job_state_to_wire,
    model::JobState = v1::JobState {
        Pending, Planned, Staging, Dispatched, Running, Succeeded, Failed, Cancelled,
        OutcomeUnknown, Held,
    }
);
both_ways!(
    /// Kind of a job.
    job_kind_from_wire,
    /// Kind of a job.
    job_kind_to_wire,
    model::JobKind = v1::JobKind { Batch, Service, Storage }
);
both_ways!(
    /// Workload class.
    workload_class_from_wire,
    /// Workload class.
    workload_class_to_wire,
    model::WorkloadClass = v1::WorkloadClass {
        Realtime, NearRealtime, BatchOffline, StorageBackup, Render, Train,
    }
);
both_ways!(
    /// What happens to a payload that is cut off.
    on_disconnect_from_wire,
    /// What happens to a payload that is cut off.
    on_disconnect_to_wire,
    model::OnDisconnect = v1::OnDisconnect { KeepRunning, Stop }
);
both_ways!(
    /// Layer of the network.
    layer_from_wire,
    /// Layer of the network.
    layer_to_wire,
    model::Layer = v1::Layer { Optical, PrivateIp, PublicIp }
);
both_ways!(
    /// Grade of data.
    data_grade_from_wire,
    /// Grade of data.
    data_grade_to_wire,
    model::DataGrade = v1::DataGrade { General, Important, Core }
);
both_ways!(
    /// Family of accelerators.
    accelerator_family_from_wire,
    /// Family of accelerators.
    accelerator_family_to_wire,
    model::AcceleratorFamily = v1::AcceleratorFamily { Cuda, Cann, Dtk, Neuware }
);
both_ways!(
    /// Whether a site takes new work.
    site_mode_from_wire,
    /// Whether a site takes new work.
    site_mode_to_wire,
    model::SiteMode = v1::SiteMode { Open, Cordoned, Draining }
);
both_ways!(
    /// What a vertex of the link graph is.
    node_kind_from_wire,
    /// What a vertex of the link graph is.
    node_kind_to_wire,
    model::NodeKind = v1::NodeKind { Site, Backbone, Exchange }
);

/// An enumeration that has no default: unspecified is refused.
pub(super) fn given<M>(field: &str, value: Result<Option<M>, WireError>) -> Result<M, WireError> {
    value?.ok_or_else(|| WireError::new(field, "must be given"))
}
