#!/bin/sh
# Makes the certificates of this folder. See README.md.
set -e
DAYS=10950
ec() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }
authority() {
  ec "$1.key"
  openssl req -x509 -new -key "$1.key" -out "$1.crt" -days $DAYS -subj "/CN=$2"
}
signed() { # name subject extensions authority [start end]
  ec "$1.key"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  printf '%b' "$3" > "$1.ext"
  if [ -n "$5" ]; then
    : > index.txt
    echo 01 > serial
    printf '[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > ca.cnf
    openssl ca -batch -notext -config ca.cnf -cert "$4.crt" -keyfile "$4.key" -in "$1.csr" -out "$1.crt" \
      -extfile "$1.ext" -startdate "$5" -enddate "$6"
  else
    openssl x509 -req -in "$1.csr" -CA "$4.crt" -CAkey "$4.key" -set_serial "0x$(openssl rand -hex 8)" -out "$1.crt" -days $DAYS -extfile "$1.ext"
  fi
  cat "$1.key" "$1.crt" > "$1.pem"
}
LOCAL='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n'
authority ca "netlab test CA"
authority other-ca "netlab other CA"
signed leaf /CN=localhost "$LOCAL" ca
signed elsewhere /CN=elsewhere.test 'subjectAltName=DNS:elsewhere.test,DNS:*.wild.test\n' ca
signed expired /CN=localhost "$LOCAL" ca 20200101000000Z 20201231000000Z
signed cnonly /CN=localhost 'basicConstraints=CA:FALSE\n' ca
signed client "/CN=client one" 'extendedKeyUsage=clientAuth\n' ca
signed stranger /CN=stranger 'extendedKeyUsage=clientAuth\n' other-ca
openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.crt -days $DAYS -subj /CN=localhost
cat self.key self.crt > self.pem
printf 'prompt=no\n[req]\ndistinguished_name=d\n[d]\nCN=localhost\n' > bare.cnf
openssl req -x509 -newkey rsa:2048 -nodes -keyout version1.key -out version1.crt -days $DAYS -config bare.cnf
cat version1.key version1.crt > version1.pem
rm -f ./*.csr ./*.ext ca.cnf bare.cnf version1.key index.txt* serial* 01.pem ca.key other-ca.key self.key elsewhere.crt elsewhere.key \
  expired.crt expired.key cnonly.crt cnonly.key client.crt client.key stranger.crt stranger.key
