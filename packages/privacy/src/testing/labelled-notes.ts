/**
 * Notes written for the tests, with identifiers in braces: `{kind|what stands in the text}`. All people and numbers are
 * made up. Near misses stand without braces; `hard` has what a search by shape cannot or should hardly find.
 */
export const labelledNotes: readonly string[] = [
  // E-mail
  'Please write to {email|maria.lopez@example.com}.',
  '邮箱{email|wang.xm@example.com.cn}，请回复',
  '联系：{email|zhang_wei+test@mail.example.org}；谢谢',
  '<{email|o’neil-j@example.co.uk}> asked again',
  'Ｅ－ｍａｉｌ：{email|ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ}',
  '{email|françois.müller@exämple.ch} replied',
  'mailto:{email|a@b.io}?subject=Hi',
  // Telephone, China
  '电话{phone|13800138000}，住海淀区',
  '手机：{phone|138 0013 8000}（晚上）',
  'mobile {phone|+86 139-1234-5678} after six',
  '致电{phone|８６１３９１２３４５６７８}',
  '{phone|(+86)13700001111} 是家属的',
  '座机 {phone|010-87654321}，转护士站',
  '家里 {phone|0571-8765 4321 转 802}',
  '{phone|(021)65432109} or mobile',
  '客服 {phone|400-820-8820} 已记录',
  'phone:{phone|13800138000} phone again {phone|138.0013.8000}',
  '微信{phone|13655556666}同号',
  '隐形{phone|138\u200b0013\u200b8000}空格',
  // Telephone, elsewhere
  'Call {phone|+41 44 668 18 00} (reception)',
  'his number is {phone|+1 (415) 555-2671}',
  'reach her at {phone|(415) 555-2671} today',
  'or {phone|415-555-2671}, or {phone|415.555.2671}',
  'Tel. {phone|079 123 45 67} ab 18 Uhr',
  'London: {phone|020 7946 0958}',
  'Paris {phone|01 42 68 53 00}',
  'dial {phone|0041 44 668 18 00}',
  'fax no. {phone|5551234567}',
  'whatsapp={phone|447911123456}',
  // Resident IDs
  '身份证号{resident-id|11010519491231002X}，男',
  'ID {resident-id|310104198506121230} checked',
  '证件：{resident-id|620102199002284567}。',
  '身份证 {resident-id|510107 20011109 3331}',
  '全角{resident-id|１１０１０５１９４９１２３１００２Ｘ}',
  '居住证{resident-id|81000019920307001X}',
  '旧证 {resident-id|110105491231002} 已换',
  '证号{resident-id|11010519491231002x}住院',
  // Bank cards
  'paid with {bank-card|4111 1111 1111 1111} 12/27',
  'card {bank-card|5500-0000-0000-0004} declined',
  'Amex {bank-card|3782 822463 10005}',
  '银行卡{bank-card|6222020200112233446}，开户行工行',
  '卡号：{bank-card|6228 4804 0256 4890 018}',
  '尾号见 {bank-card|9558802000123456780}',
  'refund to {bank-card|６２１２２６１００１２３４５６５} please',
  'Diners {bank-card|30569309025904} ok',
  'cvv follows {bank-card|4111 1111 1111 1111} 123',
  // Social security numbers
  'SSN {ssn|123-45-6789} on file',
  'her social security number is {ssn|219 09 9999}',
  'ssn: {ssn|219099999}',
  // Names on the list
  '患者{name|王小明}，三十五岁',
  '由{name|欧阳娜娜}主治，{name|王 小 明}陪同',
  'Seen by Dr {name|Maria Lopez} and {name|LOPEZ, MARIA}',
  '{name|Jürgen  Müller} and {name|Ju\u0308rgen Mu\u0308ller}',
  'signed: {name|Maria\nLopez}',
  // Near misses
  'Order 4111111111111112 was shipped', // Luhn
  '订单号 6222020200112233447 已发货',
  'Invoice 1234-5678-9012-3456 is due',
  '身份证号 110105194912310021 有误', // check character
  '编号 110105194913310024 不是身份证', // a thirteenth month
  '流水号 991105194912310020',
  'Version 1.38.0013.8000 is out',
  'v10.15.7, build 19H2026, kernel 5.15.0-1034',
  '2024-03-05 10:30, 05/03/2024, 2024年3月5日',
  '2024-03-05 10:30 to 2024-03-06 11:45 on ward 7',
  'Price: 13,800.00 CHF; ￥1,380,013.80; 13800.13元',
  'pi is 3.14159265358979, e is 2.718281828459045',
  '0.4111111111111111 as a share',
  'SKU 000-12-3456, 666-12-3456, 912-34-5678', // areas never given out
  'Part 123-45-67890 and 123-00-6789',
  'ISBN 978-3-16-148410-0',
  'IP 192.168.100.200, 10.0.0.1:8080',
  'uuid 550e8400-e29b-41d4-a716-446655440000',
  'sha 9b74c9897bac770ffc029102a200c5de13800138000a1b2c',
  '@maria and user@localhost, 3 @ 5.00',
  'epoch 1712345678901 ms, 1712345678 s',
  '血压 120/80 mmHg，心率 72，体温 36.5',
  'WBC 4.5 10^9/L, Hb 138 g/L, PLT 256, Cr 88',
  'tracking SF1391234567890 left Basel',
  'no. 2024-13912345678 in the archive',
  '12800138000 不是手机号', // no such range
  'Emperor Marialopez, 王小 and 小明',
  'matrix 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18',
  'GPS 47.376887, 8.541694; height 408.2',
  'room 0123, extension 4567, page 1380-1388',
  // Hard
  'write to {email|maria at example dot com}',
  'ring {phone|one three eight, zero zero one three, eight thousand}',
  '电话{phone|幺三八零零幺三八零零零}',
  'serial 13912345678 of the pump', // looks like a telephone number
  'lot 123-45-6789 of the vaccine', // looks like a social security number
]

export interface LabelledText {
  readonly text: string
  readonly spans: readonly { start: number; end: number; kind: string }[]
}

export function parseLabelled(note: string): LabelledText {
  let text = ''
  const spans: { start: number; end: number; kind: string }[] = []
  for (const part of note.split(/(\{[a-z-]+\|[^}]*\})/)) {
    const [, kind, inside] = /^\{([a-z-]+)\|([^}]*)\}$/s.exec(part) ?? []
    if (kind !== undefined) spans.push({ start: text.length, end: text.length + inside!.length, kind })
    text += inside ?? part
  }
  return { text, spans }
}
