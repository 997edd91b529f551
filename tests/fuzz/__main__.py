"""python -m tests.fuzz: see `campaign`. (Processes that are spawned can import a campaign, but no __main__.)"""

import sys

from tests.fuzz import campaign

sys.exit(campaign.main())
