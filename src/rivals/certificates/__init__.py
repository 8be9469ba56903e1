"""What can be proved of a classifier near a sample: by votes under noise, by bounds of its layers, by exact search."""

from rivals.certificates.exact import frequency as frequency
from rivals.certificates.exact import nearest as nearest
from rivals.certificates.exact import severity as severity
from rivals.certificates.layers import layers_of as layers_of
from rivals.certificates.regions import REGIONS as REGIONS
from rivals.certificates.regions import Region as Region
from rivals.certificates.smoothing import Certificate as Certificate
from rivals.certificates.smoothing import certify as certify
from rivals.certificates.smoothing import votes as votes
from rivals.certificates.symbolic import margins as margins
