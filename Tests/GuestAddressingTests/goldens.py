#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Prints the packets of Goldens.swift; needs scapy (Debian: python3-scapy).

from scapy.layers.dhcp import *
from scapy.layers.dhcp6 import *
from scapy.layers.inet6 import *
mac=bytes.fromhex('525400123456')
def b(**k): return BOOTP(chaddr=mac,xid=0x11223344,**k)
def show(n,p,pad=0):
    x=bytes(p)
    x=x+b'\0'*max(0,pad-len(x))
    print(n,x.hex())
show('discover', b(secs=3,flags=0x8000)/DHCP(options=[('message-type','discover'),('client_id',b'\x01'+mac),('max_dhcp_size',1500),('hostname','vm'),('param_req_list',[1,3,6,12,15,26,119]),'end']))
show('offer', BOOTP(op=2,chaddr=mac,xid=0x11223344,yiaddr='10.0.2.2',flags=0x8000)/DHCP(options=[('message-type','offer'),('server_id','10.0.2.1'),('client_id',b'\x01'+mac),('lease_time',86400),('renewal_time',43200),('rebinding_time',75600),('subnet_mask','255.255.255.0'),('router','10.0.2.1'),('name_server','10.96.0.10'),('interface-mtu',1450),('hostname','vm'),('domain','ns.svc.cluster.local'),(119,b'\x02ns\x03svc\x07cluster\x05local\0\x03svc\x07cluster\x05local\0'),'end']),300)
show('request', b()/DHCP(options=[('message-type','request'),('requested_addr','10.0.2.2'),('server_id','10.0.2.1'),'end']))
show('renew', BOOTP(chaddr=mac,xid=0x11223344,ciaddr='10.0.2.2')/DHCP(options=[('message-type','request'),'end']))
show('rebootother', b()/DHCP(options=[('message-type','request'),('requested_addr','192.168.1.7'),'end']))
show('otherserver', b()/DHCP(options=[('message-type','request'),('requested_addr','10.0.2.2'),('server_id','10.0.2.9'),'end']))
show('inform', BOOTP(chaddr=mac,xid=0x11223344,ciaddr='10.0.2.2')/DHCP(options=[('message-type','inform'),'end']))
show('release4', BOOTP(chaddr=mac,xid=0x11223344,ciaddr='10.0.2.2')/DHCP(options=[('message-type','release'),('server_id','10.0.2.1'),'end']))
show('decline', b()/DHCP(options=[('message-type','decline'),('requested_addr','10.0.2.2'),('server_id','10.0.2.1'),'end']))
show('rebindmoved', BOOTP(chaddr=mac,xid=0x11223344,ciaddr='192.168.1.7')/DHCP(options=[('message-type','request'),'end']))
show('relayed', BOOTP(chaddr=mac,xid=0x11223344,giaddr='10.9.9.9')/DHCP(options=[('message-type','discover'),'end']))
show('nak', BOOTP(op=2,chaddr=mac,xid=0x11223344)/DHCP(options=[('message-type','nak'),('server_id','10.0.2.1'),'end']),300)
cid=DUID_LL(lladdr='52:54:00:12:34:56'); sid=DUID_LL(lladdr='02:00:00:00:00:00')
show('solicit', DHCP6_Solicit(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptElapsedTime(elapsedtime=0)/DHCP6OptIA_NA(iaid=7,T1=0,T2=0)/DHCP6OptOptReq(reqopts=[23,24]))
show('rapid', DHCP6_Solicit(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptRapidCommit()/DHCP6OptIA_NA(iaid=7,T1=0,T2=0))
def answer(kind,*extra):
    p=kind(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptServerId(duid=sid)
    for e in extra: p=p/e
    return p/DHCP6OptDNSServers(dnsservers=['fd00:96::a'])/DHCP6OptDNSDomains(dnsdomains=['ns.svc.cluster.local','svc.cluster.local'])
ia=DHCP6OptIA_NA(iaid=7,T1=43200,T2=69120,ianaopts=[DHCP6OptIAAddress(addr='fd10:0:2::2',preflft=86400,validlft=86400)])
show('advertise', answer(DHCP6_Advertise,DHCP6OptPref(prefval=255),ia))
show('rapidreply', answer(DHCP6_Reply,DHCP6OptRapidCommit(),ia))
show('request6', DHCP6_Request(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptServerId(duid=sid)/DHCP6OptIA_NA(iaid=7,T1=0,T2=0,ianaopts=[DHCP6OptIAAddress(addr='fd10:0:2::2')]))
show('reply6', answer(DHCP6_Reply,ia))
show('request6other', DHCP6_Request(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptServerId(duid=DUID_LL(lladdr='02:00:00:00:00:09'))/DHCP6OptIA_NA(iaid=7,T1=0,T2=0))
show('confirm', DHCP6_Confirm(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptIA_NA(iaid=7,T1=0,T2=0,ianaopts=[DHCP6OptIAAddress(addr='fd99::5')]))
show('confirmreply', answer(DHCP6_Reply,DHCP6OptStatusCode(statuscode=4,statusmsg=b'')))
show('inforeq', DHCP6_InfoRequest(trid=0x123456)/DHCP6OptOptReq(reqopts=[23,24]))
show('release', DHCP6_Release(trid=0x123456)/DHCP6OptClientId(duid=cid)/DHCP6OptServerId(duid=sid)/DHCP6OptIA_NA(iaid=7,T1=0,T2=0,ianaopts=[DHCP6OptIAAddress(addr='fd10:0:2::2')]))
show('released', answer(DHCP6_Reply,DHCP6OptStatusCode(statuscode=0,statusmsg=b'')))
x=DHCP6_Reply(trid=0x123456)/DHCP6OptServerId(duid=sid)/DHCP6OptDNSServers(dnsservers=['fd00:96::a'])/DHCP6OptDNSDomains(dnsdomains=['ns.svc.cluster.local','svc.cluster.local'])
show('inforeply',x)
ra=ICMPv6ND_RA(cksum=0,chlim=64,M=1,O=1,routerlifetime=9000,prf=0)/ICMPv6NDOptSrcLLAddr(lladdr='02:00:00:00:00:00')/ICMPv6NDOptMTU(mtu=1450)/ICMPv6NDOptPrefixInfo(prefix='fd10:0:2::',prefixlen=120,L=1,A=0,validlifetime=86400,preferredlifetime=86400)/ICMPv6NDOptRDNSS(dns=['fd00:96::a'],lifetime=86400)/ICMPv6NDOptDNSSL(searchlist=['ns.svc.cluster.local','svc.cluster.local'],lifetime=86400)
show('ra',ra)
ra.routerlifetime=0
show('lastra',ra)
rs=ICMPv6ND_RS(cksum=0)/ICMPv6NDOptSrcLLAddr(lladdr='52:54:00:12:34:56')
show('rs',rs)
