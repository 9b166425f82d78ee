"""Data from elsewhere, one module a kind of service; each ``get_*`` gives data or a reason.

``folder``, ``hapi``, ``gin``, ``usgs``, ``fdsn_events``, ``bmkg_events``, ``kp``, ``dst`` and,
with the extra of that name, ``sftp``. Those of the web speak through :class:`~.fetch.Fetcher`,
which keeps what it fetched with its provenance, waits politely and never follows a redirect to
an undeclared host.
"""
