#!/bin/sh
# Makes an authority and the certificates of a small ewc cluster, with openssl, in the present
# directory. Change the list at the end. To issue more later, leave "authority" out.
#
# Who a certificate speaks for stands in its subject alternative name, as a URI:
#   ewc://scheduler/<id>   a member of the scheduler
#   ewc://site/<id>        the agent of a site
#   ewc://tenant/<name>    an owner of jobs
# A certificate without any ewc:// entry is an operator's and may do everything.
# Whoever is dialled (schedulers, agents) also needs its host as DNS:name or IP:address.
set -eu

authority() {
    openssl ecparam -name prime256v1 -genkey -noout -out ca.key
    openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj "/CN=ewc authority" -out ca.pem
}

# issue FILE ENTRY...: a key and a certificate with these entries.
issue() {
    file=$1
    shift
    openssl ecparam -name prime256v1 -genkey -noout -out "$file.key"
    openssl req -new -key "$file.key" -subj "/CN=$file" -out "$file.csr"
    {
        printf 'subjectAltName=%s\n' "$(echo "$*" | tr ' ' ',')"
        printf 'extendedKeyUsage=serverAuth,clientAuth\n'
        printf 'basicConstraints=critical,CA:FALSE\n'
    } > "$file.ext"
    openssl x509 -req -in "$file.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
        -sha256 -days 365 -extfile "$file.ext" -out "$file.pem"
    rm "$file.csr" "$file.ext"
}

umask 077
authority
issue scheduler-1 URI:ewc://scheduler/1 DNS:scheduler-1.example.net
issue scheduler-2 URI:ewc://scheduler/2 DNS:scheduler-2.example.net
issue scheduler-3 URI:ewc://scheduler/3 DNS:scheduler-3.example.net
issue gz-guian URI:ewc://site/gz-guian DNS:gz-guian.example.net
issue nm-horinger URI:ewc://site/nm-horinger DNS:nm-horinger.example.net
issue rendering URI:ewc://tenant/rendering
issue operator email:operator@example.net
