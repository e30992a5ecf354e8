"""Which addresses are the internet's, and which a machine's own or its network's."""

import ipaddress

_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215; global for older Pythons


def is_public(address: str) -> bool:
    """Whether it is one of the internet's, for a single machine."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        within = _embedded(found)
        if within is not None and not is_public(str(within)):
            return False
        if found.is_site_local or found in _LOCAL_NAT64:
            return False
    return found.is_global and not found.is_multicast


def stays_inside(address: str) -> bool:
    """Whether what is sent there stays on this machine or in its own network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    within = _embedded(found) if isinstance(found, ipaddress.IPv6Address) else None
    if within is not None and not (found.is_loopback or found.is_unspecified):
        return stays_inside(str(within))
    return not (found.is_global or found.is_multicast or found in _LOCAL_NAT64)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to it go to in the end, if they do."""
    if any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
