import '@angular/compiler';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule } from '@angular/platform-browser/testing';
import { INITIAL_CONFIG, platformServer } from '@angular/platform-server';

// Node has no document: components are rendered into the one of Angular's server platform.
const config = { document: '<html><head></head><body></body></html>' };
TestBed.initTestEnvironment(
  BrowserTestingModule,
  platformServer([{ provide: INITIAL_CONFIG, useValue: config }]),
);
