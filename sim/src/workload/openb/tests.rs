//! Lists as they are published, and what is said of others.

use super::*;

const PODS: &str = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n";

fn pods_error(rows: &str) -> String {
    let text = format!("{PODS}{rows}");
    let mut models = ModelNames::default();
    read_pods(text.as_bytes(), &mut models)
        .unwrap_err()
        .to_string()
}

#[test]
fn nodes_and_pods_agree_on_models() {
    let nodes = "sn,cpu_milli,memory_mib,gpu,model\na,64000,1024,2,P100\nb,1000,8,0,\n";
    let pods = format!("{PODS}p,500,16,1,250,T4|P100,LS\nq,500,16,0,0,,BE\n");
    let mut models = ModelNames::default();
    let nodes = read_nodes(nodes.as_bytes(), &mut models).unwrap();
    let pods = read_pods(pods.as_bytes(), &mut models).unwrap();
    assert_eq!(
        (nodes[0].node.gpu_left_total(), nodes[1].node.gpus),
        (2000, 0)
    );
    assert!(nodes[0].node.fits(&pods[0].task));
    assert!(!nodes[1].node.fits(&pods[0].task), "it has no GPU");
    assert!(nodes[0].node.fits(&pods[1].task));
    assert!(!pods[0].task.models.allow(nodes[1].node.model));
}

#[test]
fn lists_without_models_are_read() {
    let text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np,1,2,8,1000\n";
    let pods = read_pods(text.as_bytes(), &mut ModelNames::default()).unwrap();
    assert_eq!(pods[0].task.gpu_milli_total(), 8000);
}

#[test]
fn errors_name_line_and_column() {
    for (rows, part) in [
        (
            "p,1,2,2,500,,LS\n",
            "line 2: column \"gpu_milli\" is \"500\"",
        ),
        ("p,1,2,1,0,,LS\n", "line 2: column \"gpu_milli\" is \"0\""),
        ("p,1,2,9,1000,,LS\n", "0 to 8 GPUs"),
        (
            "p,-1,2,1,1000,,LS\n",
            "line 2: column \"cpu_milli\" is \"-1\"",
        ),
        (
            "p,1,2,0,0,,LS\np,1,2,0,0,,LS\n",
            "line 3: \"p\" is there twice",
        ),
    ] {
        let message = pods_error(rows);
        assert!(message.contains(part), "{message} should say {part}");
    }
    let nodes = "sn,cpu_milli,memory_mib,gpu,model\na,64000,1024,9,P100\n";
    let error = read_nodes(nodes.as_bytes(), &mut ModelNames::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 2: column \"gpu\" is \"9\"")
    );
}

#[test]
fn an_order_points_into_its_list() {
    assert_eq!(read_order("2\n0\n".as_bytes(), 3).unwrap(), [2, 0]);
    let error = read_order("2\n3\n".as_bytes(), 3).unwrap_err().to_string();
    assert!(
        error.contains("line 2 is \"3\"; give a whole number below 3"),
        "{error}"
    );
}
