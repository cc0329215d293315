import type { LandedMigrations } from './compare-migrations.ts'

/**
 * Each migration that was ever on main, with the digest of what it does. Lines are added, and never changed.
 */
export const landedMigrations: { readonly hub: LandedMigrations; readonly node: LandedMigrations } = {
  hub: [
    ['event-log/event', 'sha256:0d462b5f6727ee8779680293fba06422414d12688bb17438b98093b465a55284'],
    ['event-log/segments', 'sha256:a17282f995e9b68ed7d035e9470f9a68e6e1245df01663cedff2adf8ca15bcdc'],
    ['hub/members', 'sha256:81297556ce77bcc6df067bd5c10c029cb60bbfee89009a1d660093ba1f3202c4'],
    ['hub/runs', 'sha256:1a507591068253ba251a4e56a15a06b1358d33575163e03783ac3602adb6628a'],
    ['hub/usage', 'sha256:3a8adb52cc45d420fbee7ff66639a671c74d5cb2eb50f98cecd5404255e2c9c4'],
    ['hub/secure-aggregation', 'sha256:0d2b526eea92c8dd49c046eb356995f0c6da60b2395854d0185eec51311a7b72'],
    ['hub/privacy-budgets', 'sha256:b794949d057c7773e5d558c2fb239e2b2dca1a237a76c32a59dd46843d53736e'],
    ['hub/surveys', 'sha256:b64affed4bf0bbadef83f9d7e1402b65da80566ac2a59701b0670039d67f0dcf'],
    ['hub/consultations', 'sha256:9b81115bc52247712ec0d4e0618668e81801dd276093e78807f71051befa5fdb'],
    ['hub/lists', 'sha256:307d77c779948f5c895a9f510077ab925909fd00e372b69351f1bc1d3f56dc42'],
    ['hub/usage-pages', 'sha256:939cc2f65c06873c3c7f0e5281bdf1d42b2ab55dc9c21716178f700f3d2a6621'],
    ['hub/retention', 'sha256:c7c8f6bca06acb6dade1e30d6d9513cc0d0a6914f7e7fe328bf431a5659c40a0'],
    ['hub/usage-archive', 'sha256:7dea45742614546a9dcad977c659beac5bbeaf1c00dfb38117f7ff9817960794'],
    ['hub/condensed-runs', 'sha256:2d06de86fab4414bdff008e0822f187ba66eaa1223879c550a107f596235a39c'],
    ['retention/retention', 'sha256:e131b54113022fcd4c57071feb4bd54d8adde8918d8189d9e52b42539c8100c0'],
  ],
  node: [
    ['event-log/event', 'sha256:0d462b5f6727ee8779680293fba06422414d12688bb17438b98093b465a55284'],
    ['event-log/segments', 'sha256:a17282f995e9b68ed7d035e9470f9a68e6e1245df01663cedff2adf8ca15bcdc'],
    ['node/node', 'sha256:518ce9c56c8a32f1d013d5976282aecec4a71cc27d95713cd373efb9c3ae136c'],
    ['node/secure-aggregation', 'sha256:191bc10531e4011a941d173e5bdfe122040fcd90bb873d7b9cbbf9563e42edad'],
    ['node/privacy-budgets', 'sha256:b1132191758b88183e9209c87676a3beffd349ba5b0b68309a8b796b3756dfa5'],
    ['node/surveys', 'sha256:89f6e5c20a1d0aabacdd0dbf8fbc895ec1fec87a04053a7d5aad95ca90eab5bc'],
    ['node/noised-cards', 'sha256:0bb5b2537febcfbfb301de66a60089a0f96069727b1c2bbf58915284e0c395b2'],
    ['node/digests-of-units', 'sha256:21a932b32658d60d087d81009b215f6c45c48fd80435c825e6c0312aa071efd2'],
    ['node/records-of-persons', 'sha256:79490d455aa5b8d0944c86512cd4aa64161f97f134ef6f3510362219e3dcb1c8'],
    ['node/checked-usage-pages', 'sha256:2f0c2f90bd491a73407fe96b6b71488d6b47ab2515e2bbb4b36207f520fa1a46'],
    ['node/retention', 'sha256:4c0ed9acd4191a9df4fcf2129f595d6e75d4efa32af45de5b760b03aac12ee52'],
    ['node/sums-over', 'sha256:64ed3a42a2f829d8378edf688800962fcc53ba40fdc38de2a95a9f492a55b56d'],
    ['node/signed-months', 'sha256:daba1139fe84169e928b70445d2ce6296843a688c021f49b5ea2d9499552501b'],
    [
      'node/sums-of-runs-and-old-work',
      'sha256:a425e39f480ad8903a225f8ae2fc788afad59455bcb2de565b06f6510317c61c',
    ],
    ['serving/serving', 'sha256:2f489b651567f1bd5052fc2d4f52de278cb25579bef2613fc09e8fa38ff79254'],
    ['serving/limits-of-keys', 'sha256:081614fc5c6c5f0b9c6378e750b55b275fec7c7e8a66d79cdfe2d27ad9694889'],
    ['review/cases', 'sha256:10372a32ff9d2503ca051926fd79b62e4a4815873d37038cd9c46d603ce60006'],
    [
      'review/plain-answers-and-feedback',
      'sha256:5e9ea2fefe7f62f77ffaad53f3671354a99e848d946ace0a0ec969d39d65e1bf',
    ],
    ['review/cases-to-weigh', 'sha256:3f59e47a3404994f67b130d11a524c91eec23e71a11e95c9254b5310cbb515be'],
    ['review/closed-by', 'sha256:4d32c80c383aeaf1ef43599f95490d2bd3c658bde7de41c455485d3665075073'],
    [
      'review/columns-in-place-of-text',
      'sha256:dfa41d19ef99425172c29d063a13a06d70bb3387bc729718bfd1c841fc4383ff',
    ],
    ['review/tallies', 'sha256:cafd8e16925d072403de033ef49d03843927b77e7fcac1b743b255c382e66fd5'],
    ['agents/agents', 'sha256:b0a7a4b300d89dc41b763c7fd3de79f3776dd2c740f89240f8af64c313cc092a'],
    ['agents/challengers', 'sha256:05e77b6f83c15f44b8c2ea8a95af41d927613fdbd3232a14b1f2f11a1e1130ce'],
    ['agents/standings', 'sha256:384818c3967024351da73119e001c497a0ba56b71853795b761485766713dbcf'],
    ['consultation/consultations', 'sha256:fb28bbf7e6b47c0e8d15307e246404a200c18f87e7d03a26a506374c4402ee57'],
    ['consultation/retention', 'sha256:65942795646cbf06bd2d1b2cf318a8c30b34fcf0b020acc26e69358d6d83ae85'],
    ['retention/retention', 'sha256:e131b54113022fcd4c57071feb4bd54d8adde8918d8189d9e52b42539c8100c0'],
  ],
}
