//! A cap on power, told by an agent: it keeps work out, and lets it in when it is lifted.

use ewc_proto::v1;

use crate::server::{Clients, single, until};
use crate::world;

const STEP: v1::PowerCapStep = v1::PowerCapStep {
    from_ms: 0,
    watts: Some(50),
};

async fn site(clients: &Clients) -> v1::Site {
    let request = v1::ListSitesRequest {};
    let answer = clients.networks.clone().list_sites(request).await;
    let sites = answer.unwrap().into_inner().sites;
    sites.into_iter().find(|site| site.id == "north").unwrap()
}

async fn tell(clients: &Clients, power_cap: Vec<v1::PowerCapStep>) {
    let request = v1::SyncRequest {
        site: "north".to_owned(),
        incarnation: 2,
        power_cap,
        ..v1::SyncRequest::default()
    };
    clients.agents.clone().sync(request).await.unwrap();
}

#[tokio::test]
async fn what_an_agent_tells_of_its_cap_holds_from_then_on() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let mut request = world::register("north", 2);
    request.site.as_mut().unwrap().power_cap = vec![STEP];
    clients.agents.clone().register(request).await.unwrap();
    let known = site(&clients).await;
    assert_eq!(known.power_cap, [STEP]);
    assert_eq!(
        (known.power_cap_watts, known.power_drawn_watts),
        (Some(50), 0)
    );

    // Its eight cores would draw 80 W.
    let mut spec = world::spec("wide");
    spec.groups[0].resources = Some(world::cores(8));
    spec.sites = vec!["north".to_owned()];
    let job = world::submitted(&clients, "wide", spec).await;
    let reason = async || {
        let found = clients.job(&job).await;
        (!found.reason_code.is_empty()).then_some(found.reason_code)
    };
    assert_eq!(until("a reason", reason).await, "power_cap");

    // The same again is no news; that there is none is.
    tell(&clients, vec![STEP]).await;
    assert_eq!(site(&clients).await.power_cap_watts, Some(50));
    tell(&clients, Vec::new()).await;
    let known = site(&clients).await;
    assert_eq!((known.power_cap_watts, known.power_cap), (None, Vec::new()));
    until("its place", async || {
        (site(&clients).await.power_drawn_watts == 80).then_some(())
    })
    .await;
}
