"""The judge: what can be concluded from a forecast table and a catalogue, and what cannot.

The audit never sees how a forecast was made. Its only null that decides is one common circular
shift of the whole catalogue; its unit is the earthquake; its verdict is produced by rules.
"""

from seismomag.audit.alarms import AlarmRule, freeze
from seismomag.audit.case import AuditCase
from seismomag.audit.judge import audit_forecast
from seismomag.audit.leaks.checks import CHECKS
from seismomag.audit.scores import SCORES

__all__ = ["CHECKS", "SCORES", "AlarmRule", "AuditCase", "audit_forecast", "freeze"]
