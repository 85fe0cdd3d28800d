// Calls of Windows' interfaces by number, as MS-SRVS, MS-WKST, MS-SAMR, MS-LSAT, MS-LSAD, MS-NRPC, MS-SCMR, MS-RRP, MS-DRSR,
// MS-TSCH, MS-RPRN and C706 (the endpoint mapper) name them. To add one: a line. Pure.
import { names } from "../coding/names.ts";
type Calls = Readonly<Record<number, string>>;

/** By the name of the interface. */
export const CALLS: Readonly<Record<string, Calls>> = {
  "endpoint mapper": { 0: "ept_insert", 1: "ept_delete", 2: "ept_lookup", 3: "ept_map", 4: "ept_lookup_handle_free" },
  "server service": {
    8: "NetrConnectionEnum",
    9: "NetrFileEnum",
    12: "NetrSessionEnum",
    14: "NetrShareAdd",
    15: "NetrShareEnum",
    16: "NetrShareGetInfo",
    17: "NetrShareSetInfo",
    18: "NetrShareDel",
    21: "NetrServerGetInfo",
    28: "NetrRemoteTOD",
  },
  "workstation service": { 0: "NetrWkstaGetInfo", 2: "NetrWkstaUserEnum", 5: "NetrWkstaTransportEnum" },
  SAMR: names(`
    0 SamrConnect; 1 SamrCloseHandle; 5 SamrLookupDomainInSamServer; 6 SamrEnumerateDomainsInSamServer;
    7 SamrOpenDomain; 8 SamrQueryInformationDomain; 11 SamrEnumerateGroupsInDomain; 13 SamrEnumerateUsersInDomain;
    15 SamrEnumerateAliasesInDomain; 16 SamrGetAliasMembership; 17 SamrLookupNamesInDomain; 18 SamrLookupIdsInDomain;
    19 SamrOpenGroup; 25 SamrGetMembersInGroup; 27 SamrOpenAlias; 33 SamrGetMembersInAlias; 34 SamrOpenUser;
    36 SamrQueryInformationUser; 37 SamrSetInformationUser; 39 SamrGetGroupsForUser; 40 SamrQueryDisplayInformation;
    50 SamrCreateUser2InDomain; 55 SamrUnicodeChangePasswordUser2; 57 SamrConnect2; 58 SamrSetInformationUser2;
    62 SamrConnect4; 64 SamrConnect5
  `),
  LSA: names(`
    0 LsarClose; 6 LsarOpenPolicy; 7 LsarQueryInformationPolicy; 13 LsarEnumerateTrustedDomains; 14 LsarLookupNames;
    15 LsarLookupSids; 44 LsarOpenPolicy2; 45 LsarGetUserName; 46 LsarQueryInformationPolicy2; 57 LsarLookupSids2;
    58 LsarLookupNames2; 68 LsarLookupNames3; 76 LsarLookupSids3; 77 LsarLookupNames4
  `),
  Netlogon: {
    2: "NetrLogonSamLogon",
    4: "NetrServerReqChallenge",
    15: "NetrServerAuthenticate2",
    21: "NetrLogonGetCapabilities",
    26: "NetrServerAuthenticate3",
    29: "NetrLogonGetDomainInfo",
    30: "NetrServerPasswordSet2",
    34: "DsrGetDcNameEx2",
    39: "NetrLogonSamLogonEx",
    40: "DsrEnumerateDomainTrusts",
    45: "NetrLogonSamLogonWithFlags",
  },
  "service control": {
    0: "RCloseServiceHandle",
    1: "RControlService",
    2: "RDeleteService",
    6: "RQueryServiceStatus",
    11: "RChangeServiceConfigW",
    12: "RCreateServiceW",
    14: "REnumServicesStatusW",
    15: "ROpenSCManagerW",
    16: "ROpenServiceW",
    17: "RQueryServiceConfigW",
    19: "RStartServiceW",
  },
  registry: {
    0: "OpenClassesRoot",
    1: "OpenCurrentUser",
    2: "OpenLocalMachine",
    5: "BaseRegCloseKey",
    6: "BaseRegCreateKey",
    9: "BaseRegEnumKey",
    10: "BaseRegEnumValue",
    15: "BaseRegOpenKey",
    16: "BaseRegQueryInfoKey",
    17: "BaseRegQueryValue",
    22: "BaseRegSetValue",
  },
  "directory replication": {
    0: "IDL_DRSBind",
    1: "IDL_DRSUnbind",
    2: "IDL_DRSReplicaSync",
    3: "IDL_DRSGetNCChanges",
    12: "IDL_DRSCrackNames",
    16: "IDL_DRSDomainControllerInfo",
  },
  "AT scheduler": { 0: "NetrJobAdd", 1: "NetrJobDel", 2: "NetrJobEnum", 3: "NetrJobGetInfo" },
  "task scheduler": { 1: "SchRpcRegisterTask", 12: "SchRpcRun", 13: "SchRpcDelete" },
  "print spooler": {
    0: "RpcEnumPrinters",
    1: "RpcOpenPrinter",
    29: "RpcClosePrinter",
    65: "RpcRemoteFindFirstPrinterChangeNotificationEx",
    69: "RpcOpenPrinterEx",
    89: "RpcAddPrinterDriverEx",
  },
};
