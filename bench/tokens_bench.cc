// links: pm_vocabulary
