// A database that is filled and asked; every second one is not closed.
import initSqlJs from 'sql.js';
import { say, rounds } from './say.mjs';

const SQL = await initSqlJs();
await rounds(4, (round) => {
  const db = new SQL.Database();
  db.run('create table people (id integer primary key, name text, age int); create index by_age on people (age)');
  const insert = db.prepare('insert into people (name, age) values (?, ?)');
  for (let i = 0; i < 500; i++) insert.run([`name ${i}`, (i * 7 + round) % 90]);
  insert.free();
  say('ages', db.exec('select age, count(*), group_concat(name) from people group by age having age > 40 order by 2, 1'));
  const statement = db.prepare('select * from people where name like $name');
  say('person', statement.getAsObject({ $name: '%77' }));
  try {
    db.run('select from where');
  } catch (error) {
    say('error', error.message);
  }
  say('file', db.export());
  if (round % 2 === 0) db.close();
});
