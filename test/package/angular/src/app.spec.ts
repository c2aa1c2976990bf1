import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { App, auth, LOCK } from './app';
import { zones } from './zones';

describe('an application', () => {
  it('writes, reads, and refreshes its token once', async () => {
    sessionStorage.setItem('token', 'old');
    TestBed.configureTestingModule({
      providers: [
        ...zones,
        provideHttpClient(withInterceptors([auth])),
        provideHttpClientTesting(),
      ],
    });
    const fixture = TestBed.createComponent(App);
    const server = TestBed.inject(HttpTestingController);
    const tokenOf = (url: string) => {
      const request = server.expectOne(url);
      const token = request.request.headers.get('Authorization');
      if (token === 'Bearer new') request.flush('');
      else request.flush('', { status: 401, statusText: 'expired' });
      return token;
    };

    expect(tokenOf('/a')).toBe('Bearer old');
    server.expectNone('/b');
    expect(tokenOf('/a')).toBe('Bearer new');
    expect(tokenOf('/b')).toBe('Bearer new');
    fixture.detectChanges();
    await fixture.whenStable();
    expect((fixture.nativeElement as HTMLElement).textContent).toBe(' /a /b, 1 written');
    expect(TestBed.inject(LOCK).state.version).toBe(1);
  });
});
