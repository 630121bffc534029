"""Write what is said to wrong answers: python -m tests.golden [LESSON ...]."""

import sys

from smtplab.exercises import LESSONS

from ..answers import load
from . import write

for slug in sys.argv[1:] or [lesson.slug for lesson in LESSONS if load(lesson.slug)]:
    print(write(slug))
